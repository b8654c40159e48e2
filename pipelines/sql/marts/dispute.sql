-- One row per mediation, appeal, complaint or Ombudsman case.

select
    case_id,
    child_id,
    opened_date,
    closed_date,
    case_type,
    issue,
    outcome,
    remedy_gbp
from held.education__disputes
