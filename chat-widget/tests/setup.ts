import { cleanup, configure } from '@testing-library/react';
import { afterEach, vi } from 'vitest';

// A busy machine is not a failure: what is waited for comes, only later.
configure({ asyncUtilTimeout: 8_000 });

afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
  sessionStorage.clear();
  localStorage.clear();
  window.location.hash = '';
});
