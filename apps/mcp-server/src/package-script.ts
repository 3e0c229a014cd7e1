/** Whether a package manager runs us as its `start` script. */
export function isPackageScript(): boolean {
  return process.env["npm_lifecycle_event"] === "start";
}
