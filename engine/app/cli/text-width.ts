/** Takes two columns of a terminal: East Asian characters and emoji. */
const WIDE =
  /[\p{Script=Han}\p{Emoji_Presentation}\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\uac00-\ud7a3\uff01-\uff60\uffe0-\uffe6]/u;
/** Takes none: it goes onto the character before it. */
const NARROWEST = /[\p{M}\p{Cf}]/u;

/** Columns that a text takes on a terminal. */
export function columnsOf(text: string): number {
  let count = 0;
  for (const character of text) {
    if (character <= '~') count++;
    else if (!NARROWEST.test(character)) count += WIDE.test(character) ? 2 : 1;
  }
  return count;
}

/** `text` with spaces behind it up to this many columns. */
export function padColumnsEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - columnsOf(text)));
}

/** `text` with spaces before it up to this many columns. */
export function padColumnsStart(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - columnsOf(text))) + text;
}
