import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// The server whose routes the page uses under `npm run dev` and `npx vite preview`.
const server = process.env.SERVER_URL ?? 'http://127.0.0.1:8080';
const proxy = { '/v1': server, '/openapi.json': server, '/docs': server, '/health': server };

export default defineConfig({
  plugins: [react()],
  // `light-dark()` stays as it is written; every browser of the last two years knows it.
  build: { target: 'es2022', cssTarget: ['chrome123', 'firefox120', 'safari17.5'], assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { proxy },
  preview: { proxy },
  test: { environment: 'jsdom', include: ['tests/**/*.test.{ts,tsx}'], setupFiles: ['tests/setup.ts'], testTimeout: 30_000 },
});
