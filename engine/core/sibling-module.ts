/**
 * The URL of a module beside the caller, for starting it in a thread: `.ts` in the repository, `.js` in a build.
 * `path` has no ending; `callerUrl` is the caller's `import.meta.url`. Any thread.
 */
export function siblingModule(path: string, callerUrl: string): URL {
  return new URL(`${path}${callerUrl.endsWith('.ts') ? '.ts' : '.js'}`, callerUrl);
}
