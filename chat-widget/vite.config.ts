import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// The server whose routes the page uses while it is developed with `npm run dev`.
const server = 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { proxy: { '/v1': server, '/openapi.json': server, '/docs': server, '/health': server } },
  test: { environment: 'jsdom', include: ['tests/**/*.test.{ts,tsx}'], setupFiles: ['tests/setup.ts'] },
});
