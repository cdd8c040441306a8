/** The first version of the schema. A migration that has been released is never changed: write the next one. */

/** Tables of which rows are only ever added. */
const appendOnly = ['audit', 'inventory', 'entries', 'job_events'] as const

export const first: readonly string[] = [
  `create table tenants (id text primary key, name text not null, created timestamptz not null)`,

  `create table tokens (
     id text primary key, tenant text not null references tenants, name text not null, role text not null,
     hash bytea not null unique, created timestamptz not null, expires timestamptz, revoked timestamptz, last_used timestamptz)`,
  `create index tokens_by_tenant on tokens (tenant, id)`,

  `create table sessions (
     hash bytea primary key, tenant text not null references tenants, subject text not null, role text not null,
     data json not null, created timestamptz not null, expires timestamptz not null)`,
  `create index sessions_by_expiry on sessions (expires)`,
  `create table login_failures (seq bigint generated always as identity primary key, origin text not null, at timestamptz not null)`,
  `create index login_failures_by_origin on login_failures (origin, at)`,

  `create table documents (
     tenant text not null, collection text not null, id text not null, parent text, state text, revision bigint not null,
     etag text not null, content json not null, created timestamptz not null, updated timestamptz not null,
     primary key (tenant, collection, id))`,
  `create index documents_by_parent on documents (tenant, collection, parent, id)`,
  `create index documents_by_state on documents (tenant, collection, state, id)`,
  `create table document_versions (
     tenant text not null, collection text not null, id text not null, revision bigint not null, etag text not null,
     content json, at timestamptz not null, actor text not null, primary key (tenant, collection, id, revision))`,

  `create table datasets (
     id text primary key, tenant text not null, kind text not null, state text not null, size integer not null,
     columns json not null, created timestamptz not null)`,
  `create table dataset_columns (
     dataset text not null references datasets on delete cascade, chunk integer not null, name text not null, data bytea not null,
     primary key (dataset, name, chunk))`,
  // What is in columns is dense already; compressing it again costs more than it saves.
  `alter table dataset_columns alter column data set storage external`,
  `create table dataset_index (
     dataset text not null references datasets on delete cascade, bucket integer not null, data bytea not null, primary key (dataset, bucket))`,
  `alter table dataset_index alter column data set storage external`,

  `create table fleets (
     tenant text not null, id text not null, dataset text references datasets, revision bigint not null, base bigint not null,
     size bigint not null, changed bigint not null,
     created timestamptz not null, updated timestamptz not null, primary key (tenant, id))`,
  `create table fleet_changes (
     tenant text not null, fleet text not null, device text not null, revision bigint not null, whole boolean not null,
     context json, at timestamptz not null, primary key (tenant, fleet, device),
     foreign key (tenant, fleet) references fleets on delete cascade)`,
  `create index fleet_changes_by_revision on fleet_changes (tenant, fleet, revision)`,

  `create table assignments (
     tenant text not null, id text not null, fleet text, fleet_revision bigint, model text, model_etag text, status text not null,
     summary json not null, choices json not null, manifest json not null, dataset text references datasets, actor text not null, created timestamptz not null,
     primary key (tenant, id))`,

  `create table jobs (
     tenant text not null, id text not null unique, seq bigint generated always as identity, kind text not null, status text not null,
     input json not null, progress json, result json, failure json, cancelling boolean not null default false, actor text not null,
     created timestamptz not null, started timestamptz, finished timestamptz, executor text, attempt integer not null default 0,
     events bigint not null default 0, primary key (tenant, id))`,
  `create index jobs_by_order on jobs (tenant, seq)`,
  `create index jobs_open on jobs (status) where status in ('queued', 'running')`,
  `create table job_events (
     tenant text not null, job text not null, seq bigint not null, at timestamptz not null, type text not null, data json not null,
     primary key (job, seq))`,
  `create table shards (
     tenant text not null, job text not null, number integer not null, state text not null, input bytea, output bytea, executor text,
     attempt integer not null default 0, started timestamptz, finished timestamptz, primary key (job, number))`,
  `alter table shards alter column input set storage external`,
  `alter table shards alter column output set storage external`,
  `create table executors (
     id text primary key, host text not null, pid integer not null, version text not null, cores integer not null, works boolean not null,
     started timestamptz not null, seen timestamptz not null)`,

  `create table reports (
     tenant text not null, id text not null, seq bigint generated always as identity, kind text not null, verdict text not null,
     summary json not null, content json not null, actor text not null, created timestamptz not null, primary key (tenant, id))`,

  `create table entries (
     seq bigint generated always as identity primary key, tenant text not null, list text not null, subject text not null,
     at timestamptz not null, actor text not null, content json not null)`,
  `create index entries_by_subject on entries (tenant, list, subject, seq)`,

  `create table inventory (
     seq bigint generated always as identity primary key, tenant text not null, stage text not null, device text not null,
     at timestamptz not null, variant text, settings json not null, release text, source text not null)`,
  `create index inventory_by_device on inventory (tenant, stage, device, at, seq)`,

  `create table audit (
     seq bigint generated always as identity primary key, tenant text not null, at timestamptz not null, actor text not null,
     action text not null, object text not null, before json, after json, reason text)`,
  `create index audit_by_tenant on audit (tenant, seq)`,
  `create index audit_by_object on audit (tenant, object, seq)`,

  `create table idempotency (
     tenant text not null, key text not null, request text not null, response json, created timestamptz not null,
     expires timestamptz not null, primary key (tenant, key))`,

  `create function refuse_change() returns trigger language plpgsql as $$
   begin raise exception 'rows of % are only ever added', tg_table_name using errcode = 'restrict_violation'; end $$`,
  ...appendOnly.flatMap((table) => [
    `create trigger ${table}_append_only before update or delete on ${table} for each row execute function refuse_change()`,
    `create trigger ${table}_never_emptied before truncate on ${table} for each statement execute function refuse_change()`,
  ]),
]
