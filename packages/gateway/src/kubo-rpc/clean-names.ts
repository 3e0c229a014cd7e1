/** The names of a path as Kubo takes it: those that lead nowhere are left out, a ".." takes one back. */
export function cleanNames(path: string): string[] {
  const names: string[] = [];
  for (const name of path.split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return names;
}
