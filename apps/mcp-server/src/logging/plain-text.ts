/** What steers a terminal, ends a line for some readers, or turns the text around. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/**
 * The text on one line and harmless to a terminal: such characters become `\u001b`, as in JSON, where
 * they stand for the same.
 */
export function plainText(text: string): string {
  if (text.search(UNSAFE) < 0) return text;
  return text.replaceAll(UNSAFE, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
