import { homedir } from 'node:os';

/** Undefined for a user of whom the system knows nothing: one that has only a number, in a container with no /etc/passwd. */
export function homeFolder(): string | undefined {
  try {
    return homedir();
  } catch {
    return undefined;
  }
}
