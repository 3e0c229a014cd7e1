import { homedir } from "node:os";
import { join } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

const OURS = "ipfs-kit";

/** Where programs keep data on this platform, for us. */
export function dataFolderOf(
  env: Environment,
  platform: NodeJS.Platform = process.platform,
): string {
  return platformFolder(platform, {
    mac: "Application Support",
    windows: env["LOCALAPPDATA"] || join(homedir(), "AppData", "Local"),
    other: env["XDG_DATA_HOME"] || join(homedir(), ".local", "share"),
  });
}

/** Where programs keep what people configure, for us. */
export function configFolderOf(
  env: Environment,
  platform: NodeJS.Platform = process.platform,
): string {
  return platformFolder(platform, {
    mac: "Preferences",
    windows: env["APPDATA"] || join(homedir(), "AppData", "Roaming"),
    other: env["XDG_CONFIG_HOME"] || join(homedir(), ".config"),
  });
}

function platformFolder(
  platform: NodeJS.Platform,
  { mac, windows, other }: { mac: string; windows: string; other: string },
): string {
  if (platform === "win32") return join(windows, OURS);
  if (platform === "darwin") return join(homedir(), "Library", mac, OURS);
  return join(other, OURS);
}
