"""Rows in numbers for the read bench: written into the tables, not through the interface. Standard library and `psql`."""
import datetime, json, sqlite3, subprocess

START = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
DIGEST = "sha256:" + "0" * 64
NEVER = 9223372036854775807


def at(seconds):
    return (START + datetime.timedelta(seconds=seconds)).isoformat()


def ident(prefix, n):
    return f"{prefix}_{n:032x}"


def tables(tenant, user, store, definition, customer, executions, customers):
    """(table, columns, rows) of everything, in an order that foreign keys allow."""
    text, template = json.dumps(definition), dict(customer)
    workflows, drafts, talks = 40, 1_000, 2_000
    trigger = json.dumps([{"specversion": "1.0", "id": "e", "source": "s", "type": "lead.created",
                           "data": {"customer_id": "cust-1", "lead_id": "lead-1", "vehicle": {"model": "RAV4"}, "note": "x" * 400}}])
    yield "conversations", "id tenant_id user_id title created_at updated_at", (
        (ident("conv", n), tenant, user, f"Conversation {n}", at(n), at(n)) for n in range(talks))
    yield "messages", "id tenant_id conversation_id seq role content tool_calls created_at", (
        (ident("msg", n * 20 + k), tenant, ident("conv", n), k, "assistant" if k % 2 else "user", "words " * 30, "[]", at(n))
        for n in range(talks) for k in range(20))
    yield "drafts", "id tenant_id created_by title status revision created_at updated_at", (
        (ident("draft", n), tenant, user, f"Draft {n}", "submitted" if n % 20 == 0 else "approved", 1, at(n), at(n)) for n in range(drafts))
    yield "draft_revisions", "draft_id revision tenant_id author_id definition digest provenance warnings origin created_at", (
        (ident("draft", n), 1, tenant, user, text, DIGEST, "{}", "[]", "api", at(n)) for n in range(drafts))
    yield "approval_requests", ("id tenant_id subject_kind subject_id revision digest title details approver required risk status "
           "requested_by created_at"), (
        (ident("apr", n), tenant, "draft", ident("draft", n), 1, DIGEST, f"Draft {n}", "{}", "role:sales_manager", 1, "internal",
         "pending" if n % 20 == 0 else "approved", user, at(n)) for n in range(drafts))
    yield "workflows", "id tenant_id draft_id title status active_version created_at updated_at", (
        (ident("wf", n), tenant, ident("draft", n), f"Workflow {n}", "retired" if n % 4 else "paused", 3, at(n), at(n)) for n in range(workflows))
    yield "workflow_versions", "workflow_id version tenant_id definition digest draft_id revision approval_id activated_at", (
        (ident("wf", n), v, tenant, text, DIGEST, ident("draft", n), 1, ident("apr", n), at(n)) for n in range(workflows) for v in (1, 2, 3))
    yield "executions", ("id tenant_id store_id workflow_id version digest title definition interpreter_version trigger_source "
           "trigger_id depth start_seq input status progress wake_at lease_until epoch recoveries cancel_requested started_at finished_at"), (
        (ident("exe", n), tenant, store, ident("wf", n % workflows), 1, DIGEST, f"Workflow {n % workflows}", text, 1, "manual", str(n), 0, 0,
         trigger, "faulted" if n % 500 == 0 else "completed", "null", NEVER, 0, 1, 0, False, at(n), at(n + 5)) for n in range(executions))
    yield "journal_entries", "execution_id path seq kind ok value recorded_at", (
        (ident("exe", n), f"/do/{k}/step", k, "step", True, json.dumps({"output": {"message_id": f"m{n}"}, "facts": {"action": "send_sms"}}), at(n))
        for n in range(executions) for k in range(4))
    yield "outbox", ("id tenant_id store_id execution_id workflow_id idempotency_key channel customer_id recipient body status "
                     "created_at"), (
        (ident("out", n), tenant, store, ident("exe", n), ident("wf", n % workflows), f"k{n}", "sms", f"cust-{n % customers}", "+15125550100", "Hi there " * 8, "sent", at(n))
        for n in range(executions))
    yield "events", "tenant_id source id type store_id envelope depth received_at routed_at", (
        (tenant, "bench", f"e{n}", "customer.message.received", store,
         json.dumps({"data": {"customer_id": f"cust-{n % customers}", "occurred_at": at(n)}}), 0, at(n), at(n)) for n in range(executions // 2))

    def record(n):
        template.update(id=f"bench-{n:06}", email=f"c{n}@example.com", mobile=f"+1512{n:07}", phone=None)
        return (tenant, "customer", f"bench-{n:06}", store, json.dumps(template), 1, at(n), at(n))
    yield "records", "tenant_id entity id store_id data version created_at updated_at", (record(n) for n in range(customers))
    yield "audit_entries", "tenant_id seq at actor action subject details previous_hash hash", (
        (tenant, 1_000_000 + n, at(n), user, "draft.revised", ident("draft", n % drafts), "{}", "0" * 64, "0" * 64) for n in range(50_000))


def fill_sqlite(path, content):
    db = sqlite3.connect(path)
    for table, columns, rows in content:
        columns = columns.split()
        db.executemany(f"insert into {table} ({', '.join(columns)}) values ({', '.join('?' * len(columns))})", rows)
        db.commit()
    db.execute("analyze")
    db.commit()
    db.close()


def fill_postgres(url, content):
    def cell(value):
        if value is None:
            return "\\N"
        return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
    for table, columns, rows in content:
        psql = subprocess.Popen(["psql", "-q", url, "-c", f"copy {table} ({', '.join(columns.split())}) from stdin"],
                                stdin=subprocess.PIPE, text=True)
        for row in rows:
            psql.stdin.write("\t".join(cell(value) for value in row) + "\n")
        psql.stdin.close()
        if psql.wait() != 0:
            raise SystemExit(f"{table} could not be filled")
    subprocess.run(["psql", "-q", url, "-c", "analyze"], check=True)
