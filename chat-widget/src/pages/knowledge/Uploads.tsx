/** Files on their way in, one after the other: how far each is, and what became of it. */
import { type DragEvent, useId, useState } from 'react';

import { upload } from '../../api/client';
import { type ApiProblem, asProblem } from '../../api/problem';
import type { Uploaded } from '../../api/types';
import { useWords } from '../../i18n';
import { Problem } from '../../ui/parts';

/** What the server can read; it looks at the content, this only helps to choose. */
const KINDS = '.md,.markdown,.txt,.html,.htm,.pdf,.docx';

interface Sending {
  id: number;
  name: string;
  /** From 0 to 1. */
  share: number;
  outcome?: Uploaded['outcome'];
  problem?: ApiProblem;
}

let last = 0;

export function Uploads({ onDone }: { onDone: () => void }) {
  const { t } = useWords();
  const [list, setList] = useState<Sending[]>([]);
  const [over, setOver] = useState(false);
  const hint = useId();
  const busy = list.some((one) => !one.outcome && !one.problem);
  const note = (id: number, now: Partial<Sending>) => setList((all) => all.map((one) => (one.id === id ? { ...one, ...now } : one)));

  const send = async (files: File[]) => {
    const queue = files.map((file) => ({ file, sending: { id: (last += 1), name: file.name, share: 0 } satisfies Sending }));
    setList((before) => [...before.filter((one) => !one.outcome), ...queue.map(({ sending }) => sending)]);
    for (const { file, sending } of queue) {
      try {
        const path = `/v1/knowledge/files/${encodeURIComponent(file.name)}`;
        const { outcome } = await upload<Uploaded>(path, file, (share) => note(sending.id, { share }));
        note(sending.id, { share: 1, outcome });
      } catch (error) {
        note(sending.id, { problem: asProblem(error) });
      }
    }
    onDone();
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    if (!busy) void send([...event.dataTransfer.files]);
  };
  return (
    <div
      className={over ? 'uploads uploads-over' : 'uploads'}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <label>
        {t('knowledge.upload')}
        <input
          type="file"
          multiple
          accept={KINDS}
          disabled={busy}
          aria-describedby={hint}
          onChange={(event) => {
            const files = [...(event.target.files ?? [])];
            event.target.value = '';
            if (files.length > 0) void send(files);
          }}
        />
      </label>
      <p className="quiet small" id={hint}>
        {t('knowledge.upload_hint')}
      </p>
      {list.length > 0 ? (
        <ul className="plain-list" aria-label={t('knowledge.sending')}>
          {list.map((one) => (
            <li key={one.id}>
              {one.problem ? (
                <>
                  <strong>{one.name}</strong>
                  <Problem problem={one.problem} />
                </>
              ) : one.outcome ? (
                <p className="small" role="status">
                  <strong>{one.name}</strong>: {t(`knowledge.outcome_${one.outcome}`)}
                </p>
              ) : (
                <label className="small">
                  {one.name}
                  <progress value={one.share < 1 ? one.share : undefined} max={1} />
                </label>
              )}
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}
