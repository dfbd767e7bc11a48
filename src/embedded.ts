import { getAsset, getAssetKeys, isSea } from 'node:sea';

/*
 * What the one-file build (hack/binary/) carries inside the program. In a checkout and in a package of npm all of this lies in
 * files, and nothing here knows of any.
 */

/** The text of a file of the repository, such as `package.json`; undefined where Loom is not one file. */
export function embedded(path: string): string | undefined {
  return isSea() ? getAsset(path, 'utf8') : undefined;
}

/** The paths below a folder of the repository, such as `plugins/sdk`; undefined where Loom is not one file. */
export function embeddedUnder(folder: string): readonly string[] | undefined {
  return isSea() ? getAssetKeys().filter((path) => path.startsWith(`${folder}/`)) : undefined;
}

/**
 * What `new Worker` takes to run a module of src/: the URL of the file with the ending of `self`, .ts from a checkout and .js in a
 * build; or the module itself as text, to be given with `eval`, where Loom is one file.
 * @param self `import.meta.url` of the caller
 * @param path of the module, from `self`, without its ending
 */
export function threadEntry(self: string, path: string): URL | string {
  return (
    embedded(`${path.slice(path.lastIndexOf('/') + 1)}.js`) ??
    new URL(`${path}${self.slice(self.lastIndexOf('.'))}`, self)
  );
}
