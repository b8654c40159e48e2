-- What was received and what became of it. Codes and counts only: never a row of data.

create schema if not exists ledger;
create schema if not exists quarantine;
create schema if not exists staging;
create schema if not exists held;
create schema if not exists reference;
create schema if not exists mart;
create schema if not exists measure;

create table if not exists ledger.receipt (
    receipt_id varchar primary key,
    agency varchar,
    extract varchar,
    reporting_month date,
    received_at timestamp,
    due_on date,
    version integer,
    verdict varchar,
    rows_received bigint,
    rows_accepted bigint,
    rows_quarantined bigint,
    fingerprint varchar,
    supersedes varchar,
    file varchar,
    stored_as varchar,
    checked_with varchar
);

create table if not exists ledger.finding (
    receipt_id varchar,
    code varchar,
    severity varchar,
    column_name varchar,
    sentence varchar,
    row_count bigint
);

create table if not exists quarantine.row (
    receipt_id varchar,
    line_number bigint,
    codes varchar[]
);

-- The deliveries that figures are made from: for each extract and month the latest that was accepted.
create or replace view ledger.counted as
    select receipt_id, agency, extract, reporting_month
    from ledger.receipt
    where verdict in ('accepted', 'accepted_with_warnings')
    qualify row_number() over (partition by agency, extract, reporting_month order by version desc) = 1;

-- Whether the store holds sample data or real data: one row, written once.
create table if not exists ledger.nature (is_sample boolean);
