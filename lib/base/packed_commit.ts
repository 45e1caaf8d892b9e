/** Put in by `compile` in place of this name. */
declare const COSMIG_COMMIT: string | null;

/**
 * The commit that this program was packed from, with "+changes" when files differed from it; `null` when that was not known, `undefined` for a program that
 * runs from its sources. One bundle serves all runtimes, so nothing here depends on one.
 */
export const PACKED_COMMIT: string | null | undefined = typeof COSMIG_COMMIT === "undefined"
  ? undefined
  : COSMIG_COMMIT;
