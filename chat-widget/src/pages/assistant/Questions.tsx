import { useEffect, useState } from 'react';

import { useWords } from '../../i18n';
import type { Question } from './state';

/** Questions of the assistant. One with choices is answered by one press; several are gathered first. */
export function Questions({ questions, onAnswer }: { questions: Question[]; onAnswer: (text: string) => void }) {
  const { t } = useWords();
  const [answers, setAnswers] = useState<Record<string, string>>({});
  const key = questions.map((question) => question.code + question.text).join();
  useEffect(() => setAnswers({}), [key]);
  const asked = questions.filter((question) => (question.choices?.length ?? 0) > 0);
  if (asked.length === 0) return null;
  const single = questions.length === 1;
  const given = asked.filter((question) => answers[question.code]);
  return (
    <div className="questions">
      {asked.map((question) => (
        <fieldset key={question.code}>
          <legend>{question.text}</legend>
          <div className="choices">
            {question.choices?.map((choice) => (
              <button
                key={choice}
                type="button"
                className="chip"
                aria-pressed={single ? undefined : answers[question.code] === choice}
                onClick={() => {
                  if (single) onAnswer(choice);
                  else setAnswers((old) => ({ ...old, [question.code]: choice }));
                }}
              >
                {choice}
              </button>
            ))}
          </div>
        </fieldset>
      ))}
      {single ? (
        <p className="quiet small">{t('questions.or_type')}</p>
      ) : (
        <button
          type="button"
          className="button button-main"
          disabled={given.length === 0}
          onClick={() => onAnswer(given.map((question) => `${question.text} ${answers[question.code]}`).join('\n'))}
        >
          {t('questions.send')}
        </button>
      )}
    </div>
  );
}
