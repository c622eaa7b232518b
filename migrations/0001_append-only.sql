-- Facts are added, never changed or taken away: not even by the owner of the tables.
-- A trigger that is ENABLE ALWAYS also fires under session_replication_role = replica.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END
$$;
--> statement-breakpoint
DO $$
DECLARE
  facts text;
BEGIN
  FOREACH facts IN ARRAY ARRAY[
    'alias_moves', 'approval_requests', 'audit_rows', 'data_reports', 'decisions', 'evaluations', 'gate_reports',
    'model_versions', 'pipeline_revisions', 'plans', 'refusals', 'rollout_results', 'rollout_watches', 'snapshots',
    'traffic_moves', 'usage_intervals'
  ] LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', facts);
    EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER append_only', facts);
    -- Foreign keys lock the row they point at, for which the owner must keep UPDATE.
    IF facts IN ('model_versions', 'plans') THEN
      EXECUTE format('REVOKE DELETE, TRUNCATE ON %I FROM PUBLIC, CURRENT_USER', facts);
    ELSE
      EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I FROM PUBLIC, CURRENT_USER', facts);
    END IF;
  END LOOP;
END
$$;
