/** Larger modules than this are not read: the largest plugins in the wild have 10 MB. */
export const maxModuleBytes = 64 * 1024 * 1024;
