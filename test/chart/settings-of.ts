import { parse, parseAllDocuments } from 'yaml';
import { readSettings } from '../../src/sources/file/settings.ts';
import type { Settings } from '../../src/model/settings.ts';

/** The settings in the ConfigMap of a rendered chart. Throws when Loom would not take them. */
export function settingsOf(rendered: string): Settings {
  const maps = parseAllDocuments(rendered).map((document) => document.toJS());
  const map: { data: { 'loom.yaml': string } } = maps.find(({ data }) => data?.['loom.yaml']);
  const read = readSettings(parse(map.data['loom.yaml']));
  if (!('settings' in read)) throw new Error(JSON.stringify(read.problems));
  return read.settings;
}
