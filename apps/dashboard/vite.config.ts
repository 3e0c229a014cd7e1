import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defaultClientConditions, defineConfig } from "vite";

export default defineConfig({
  // Relative: the same files work at `/`, `/dashboard/` and on any static host.
  base: "./",
  plugins: [react(), tailwindcss()],
  // Workspace packages are read from their sources; nothing has to be built first.
  resolve: { conditions: ["@ipfs-kit/source", ...defaultClientConditions] },
  build: {
    // The first ones with light-dark() and AbortSignal.any().
    target: ["chrome125", "firefox128", "safari17.5"],
    // The page runs without inline scripts and without `data:` anything but images.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
});
