/** Longer texts from strangers are cut before they are shown. */
const MAX_CHARACTERS = 2_000;

/** Control characters, and format characters that reorder or hide: `gpj.exe` is not a picture. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Text from a stranger with everything that does not show as itself replaced by `�`. */
export function safeText(text: string): string {
  const cut = text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text;
  return cut.replaceAll(UNSEEN, "\uFFFD");
}
