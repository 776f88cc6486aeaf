/** The parts of a .cpuprofile (V8's format) that are used here. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  /** Node id of each sample, and microseconds before each sample. */
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}

/** A function in the tree of calls, with the time spent in it and below it, microseconds. */
export interface CallTree {
  readonly name: string;
  readonly selfUs: number;
  readonly totalUs: number;
  readonly children: readonly CallTree[];
}

/** Name and place, as short as it can be understood. */
function nameOf({ callFrame: { functionName, url, lineNumber } }: ProfileNode): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  const file = url.split('/').at(-1) ?? '';
  return file === '' ? name : `${name} ${file}:${lineNumber + 1}`;
}

/** The tree of calls of a profile; the first node is its root. */
export function callTree(profile: CpuProfile): CallTree {
  const selfUs = new Map<number, number>();
  for (const [index, id] of profile.samples.entries()) {
    selfUs.set(id, (selfUs.get(id) ?? 0) + Math.max(0, profile.timeDeltas[index]));
  }
  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  const build = (node: ProfileNode): CallTree => {
    const children = (node.children ?? []).flatMap((id) => {
      const child = byId.get(id);
      return child === undefined ? [] : [build(child)];
    });
    const self = selfUs.get(node.id) ?? 0;
    const totalUs = children.reduce((sum, child) => sum + child.totalUs, self);
    return { name: nameOf(node), selfUs: self, totalUs, children };
  };
  return build(profile.nodes[0]);
}

/** Time by function, wherever it was called from, most first. */
export function selfTimes(tree: CallTree): [string, number][] {
  const byName = new Map<string, number>();
  const visit = ({ name, selfUs, children }: CallTree): void => {
    byName.set(name, (byName.get(name) ?? 0) + selfUs);
    for (const child of children) visit(child);
  };
  visit(tree);
  return [...byName].filter(([, us]) => us > 0).sort((a, b) => b[1] - a[1]);
}
