/** What the last turn took and what is left of the day: one quiet line, and only when a model was paid for. */
import type { View } from '../../agui/reducer';
import { useWords } from '../../i18n';

export function Spending({ view }: { view: View }) {
  const { t, language } = useWords();
  const number = new Intl.NumberFormat(language);
  const money = new Intl.NumberFormat(language, { style: 'currency', currency: 'USD', maximumFractionDigits: 4 });
  const parts: string[] = [];
  if (view.leftOut) parts.push(t('assistant.left_out', { count: number.format(view.leftOut) }));
  if (view.usage) {
    const { turn, day } = view.usage;
    parts.push(t('assistant.spent', { tokens: number.format(turn.input_tokens + turn.output_tokens) }));
    if (turn.cost_microdollars > 0) parts.push(money.format(turn.cost_microdollars / 1e6));
    const tokens = least(day.tokens_left, day.tenant_tokens_left);
    const cost = least(day.cost_microdollars_left, day.tenant_cost_microdollars_left);
    if (tokens !== undefined) parts.push(t('assistant.left_tokens', { tokens: number.format(tokens) }));
    if (cost !== undefined) parts.push(t('assistant.left_money', { money: money.format(cost / 1e6) }));
  }
  return parts.length === 0 ? null : <p className="quiet small">{parts.join(' · ')}</p>;
}

function least(...limits: (number | undefined)[]): number | undefined {
  const set = limits.filter((limit) => limit !== undefined);
  return set.length === 0 ? undefined : Math.min(...set);
}
