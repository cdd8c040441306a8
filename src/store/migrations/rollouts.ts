/** Rollouts: their plans, what is asked of them, and their journals. Executions count up per fleet. */
export const rollouts: readonly string[] = [
  `create table rollouts (
     tenant text not null, id text not null, seq bigint generated always as identity, fleet text not null, release text not null, state text not null,
     because text not null, stage text not null, author text not null, approver text, needs_approval boolean not null, deployer json not null,
     head json not null, back_of text, journal bigint not null default 0, operations bigint not null default 0, created timestamptz not null,
     updated timestamptz not null, primary key (tenant, id))`,
  `create index rollouts_by_state on rollouts (tenant, state, seq)`,
  `create table rollout_plans (
     tenant text not null, rollout text not null, part text not null, number integer not null, data bytea not null,
     primary key (tenant, rollout, part, number))`,
  `create table rollout_journal (
     tenant text not null, rollout text not null, seq bigint not null, at timestamptz not null, events text not null,
     primary key (tenant, rollout, seq))`,
  `create table rollout_operations (
     tenant text not null, rollout text not null, seq bigint not null, at timestamptz not null, operation json not null,
     primary key (tenant, rollout, seq))`,
  `create table rollout_executions (tenant text not null, fleet text not null, last bigint not null, primary key (tenant, fleet))`,
  ...['rollout_journal', 'rollout_operations'].flatMap((table) => [
    `create trigger ${table}_append_only before update or delete on ${table} for each row execute function refuse_change()`,
    `create trigger ${table}_never_emptied before truncate on ${table} for each statement execute function refuse_change()`,
  ]),
]
