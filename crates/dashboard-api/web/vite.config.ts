import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    // Nothing inline: the page's content security policy allows its own files only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // The page, and the API's documentation, which the server shows at /api/docs.
      input: ["index.html", "api-docs.html"],
      output: {
        codeSplitting: {
          groups: [
            // The chart library changes rarely: on its own it stays in the browser's cache over releases of the page.
            { name: "echarts", test: /node_modules[\\/](echarts|zrender|tslib)/ },
            { name: "swagger-ui", test: /node_modules[\\/]swagger-ui-dist/ },
          ],
        },
      },
    },
    chunkSizeWarningLimit: 1800,
  },
  // `npm run dev` beside a running `headroom demo`.
  server: { proxy: { "/api": "http://127.0.0.1:8080" } },
});
