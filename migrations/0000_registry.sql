CREATE TABLE "audit_rows" (
	"tenant" text DEFAULT 'default' NOT NULL,
	"sequence" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "audit_rows_sequence_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"recorded_at_ms" bigint DEFAULT (extract(epoch from clock_timestamp()) * 1000)::bigint NOT NULL,
	"actor" text NOT NULL,
	"action" text NOT NULL,
	"release" text,
	"model" text,
	"subject" text NOT NULL,
	"digest" text,
	"details" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "data_reports" (
	"tenant" text DEFAULT 'default' NOT NULL,
	"release" text NOT NULL,
	"dataset" text NOT NULL,
	"snapshot" text NOT NULL,
	"report_digest" text NOT NULL,
	"report" jsonb NOT NULL,
	"recorded_at_ms" bigint DEFAULT (extract(epoch from clock_timestamp()) * 1000)::bigint NOT NULL,
	CONSTRAINT "data_reports_tenant_release_dataset_pk" PRIMARY KEY("tenant","release","dataset")
);
--> statement-breakpoint
CREATE TABLE "snapshots" (
	"tenant" text DEFAULT 'default' NOT NULL,
	"release" text NOT NULL,
	"name" text NOT NULL,
	"digest" text NOT NULL,
	"size_bytes" bigint NOT NULL,
	"rows" bigint NOT NULL,
	"recorded_at_ms" bigint DEFAULT (extract(epoch from clock_timestamp()) * 1000)::bigint NOT NULL,
	CONSTRAINT "snapshots_tenant_release_name_pk" PRIMARY KEY("tenant","release","name")
);
--> statement-breakpoint
CREATE TABLE "approval_requests" (
	"tenant" text DEFAULT 'default' NOT NULL,
	"release" text NOT NULL,
	"round" integer NOT NULL,
	"request_digest" text NOT NULL,
	"request" jsonb NOT NULL,
	"recorded_at_ms" bigint DEFAULT (extract(epoch from clock_timestamp()) * 1000)::bigint NOT NULL,
	CONSTRAINT "approval_requests_tenant_release_round_pk" PRIMARY KEY("tenant","release","round"),
	CONSTRAINT "approval_requests_tenant_request_digest_unique" UNIQUE("tenant","request_digest")
);
--> statement-breakpoint
CREATE TABLE "decisions" (
	"tenant" text DEFAULT 'default' NOT NULL,
	"release" text NOT NULL,
	"decision_key" text NOT NULL,
	"sequence" bigint GENERATED ALWAYS AS IDENTITY (sequence name "decisions_sequence_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"request_digest" text NOT NULL,
	"decision" jsonb NOT NULL,
	"recorded_at_ms" bigint DEFAULT (extract(epoch from clock_timestamp()) * 1000)::bigint NOT NULL,
	CONSTRAINT "decisions_tenant_release_decision_key_pk" PRIMARY KEY("tenant","release","decision_key")
);
--> statement-breakpoint
CREATE TABLE "refusals" (
	"tenant" text DEFAULT 'default' NOT NULL,
	"release" text NOT NULL,
	"number" integer NOT NULL,
	"refusal" jsonb NOT NULL,
	"recorded_at_ms" bigint DEFAULT (extract(epoch from clock_timestamp()) * 1000)::bigint NOT NULL,
	CONSTRAINT "refusals_tenant_release_number_pk" PRIMARY KEY("tenant","release","number")
);
--> statement-breakpoint
CREATE TABLE "endpoint_servers" (
	"tenant" text DEFAULT 'default' NOT NULL,
	"environment" text NOT NULL,
	"endpoint" text NOT NULL,
	"version" text NOT NULL,
	"spec" jsonb NOT NULL,
	"handle" jsonb NOT NULL,
	"delete_after_ms" bigint,
	"recorded_at_ms" bigint DEFAULT (extract(epoch from clock_timestamp()) * 1000)::bigint NOT NULL,
	CONSTRAINT "endpoint_servers_tenant_environment_endpoint_version_pk" PRIMARY KEY("tenant","environment","endpoint","version")
);
--> statement-breakpoint
CREATE TABLE "endpoints" (
	"tenant" text DEFAULT 'default' NOT NULL,
	"environment" text NOT NULL,
	"endpoint" text NOT NULL,
	"model" text NOT NULL,
	"generation" bigint NOT NULL,
	"traffic" jsonb NOT NULL,
	"holder" text,
	"holder_release" text,
	"recorded_at_ms" bigint DEFAULT (extract(epoch from clock_timestamp()) * 1000)::bigint NOT NULL,
	CONSTRAINT "endpoints_tenant_environment_endpoint_pk" PRIMARY KEY("tenant","environment","endpoint")
);
--> statement-breakpoint
CREATE TABLE "rollout_results" (
	"tenant" text DEFAULT 'default' NOT NULL,
	"rollout" text NOT NULL,
	"watched" integer NOT NULL,
	"sequence" bigint GENERATED ALWAYS AS IDENTITY (sequence name "rollout_results_sequence_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"step" integer NOT NULL,
	"result" jsonb NOT NULL,
	"judgement" jsonb,
	"samples" bigint NOT NULL,
	"elapsed_ms" bigint NOT NULL,
	"recorded_at_ms" bigint DEFAULT (extract(epoch from clock_timestamp()) * 1000)::bigint NOT NULL,
	CONSTRAINT "rollout_results_tenant_rollout_watched_pk" PRIMARY KEY("tenant","rollout","watched")
);
--> statement-breakpoint
CREATE TABLE "rollout_watches" (
	"tenant" text DEFAULT 'default' NOT NULL,
	"rollout" text NOT NULL,
	"watched" integer NOT NULL,
	"step" integer NOT NULL,
	"started_at_ms" bigint NOT NULL,
	CONSTRAINT "rollout_watches_tenant_rollout_watched_pk" PRIMARY KEY("tenant","rollout","watched")
);
--> statement-breakpoint
CREATE TABLE "rollouts" (
	"tenant" text DEFAULT 'default' NOT NULL,
	"rollout" text NOT NULL,
	"release" text NOT NULL,
	"environment" text NOT NULL,
	"endpoint" text NOT NULL,
	"version" text NOT NULL,
	"champion" text,
	"outcome" text,
	"message" text,
	"recorded_at_ms" bigint DEFAULT (extract(epoch from clock_timestamp()) * 1000)::bigint NOT NULL,
	"ended_at_ms" bigint,
	CONSTRAINT "rollouts_tenant_rollout_pk" PRIMARY KEY("tenant","rollout")
);
--> statement-breakpoint
CREATE TABLE "traffic_moves" (
	"tenant" text DEFAULT 'default' NOT NULL,
	"environment" text NOT NULL,
	"endpoint" text NOT NULL,
	"generation" bigint NOT NULL,
	"traffic" jsonb NOT NULL,
	"holder" text,
	"actor" text NOT NULL,
	"reason" text NOT NULL,
	"recorded_at_ms" bigint DEFAULT (extract(epoch from clock_timestamp()) * 1000)::bigint NOT NULL,
	CONSTRAINT "traffic_moves_tenant_environment_endpoint_generation_pk" PRIMARY KEY("tenant","environment","endpoint","generation")
);
--> statement-breakpoint
CREATE TABLE "job_attempts" (
	"tenant" text DEFAULT 'default' NOT NULL,
	"release" text NOT NULL,
	"job" text NOT NULL,
	"attempt" integer NOT NULL,
	"backend" text NOT NULL,
	"name" text NOT NULL,
	"uid" text NOT NULL,
	"spec_digest" text NOT NULL,
	"outcome" jsonb,
	"resumed_from_step" integer,
	"recorded_at_ms" bigint DEFAULT (extract(epoch from clock_timestamp()) * 1000)::bigint NOT NULL,
	CONSTRAINT "job_attempts_tenant_release_job_attempt_pk" PRIMARY KEY("tenant","release","job","attempt")
);
--> statement-breakpoint
CREATE TABLE "usage_intervals" (
	"tenant" text DEFAULT 'default' NOT NULL,
	"release" text NOT NULL,
	"job" text NOT NULL,
	"attempt" integer NOT NULL,
	"execution" text NOT NULL,
	"host" text NOT NULL,
	"cpus" double precision NOT NULL,
	"gpus" double precision NOT NULL,
	"state" text NOT NULL,
	"start_at_ms" bigint NOT NULL,
	"end_at_ms" bigint NOT NULL,
	"recorded_at_ms" bigint DEFAULT (extract(epoch from clock_timestamp()) * 1000)::bigint NOT NULL,
	CONSTRAINT "usage_intervals_tenant_release_job_attempt_execution_state_start_at_ms_pk" PRIMARY KEY("tenant","release","job","attempt","execution","state","start_at_ms")
);
--> statement-breakpoint
CREATE TABLE "alias_moves" (
	"tenant" text DEFAULT 'default' NOT NULL,
	"sequence" bigint GENERATED ALWAYS AS IDENTITY (sequence name "alias_moves_sequence_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"model" text NOT NULL,
	"environment" text NOT NULL,
	"alias" text NOT NULL,
	"from_version" text,
	"to_version" text NOT NULL,
	"release" text,
	"actor" text NOT NULL,
	"reason" text NOT NULL,
	"recorded_at_ms" bigint DEFAULT (extract(epoch from clock_timestamp()) * 1000)::bigint NOT NULL,
	CONSTRAINT "alias_moves_tenant_model_environment_alias_sequence_pk" PRIMARY KEY("tenant","model","environment","alias","sequence")
);
--> statement-breakpoint
CREATE TABLE "aliases" (
	"tenant" text DEFAULT 'default' NOT NULL,
	"model" text NOT NULL,
	"environment" text NOT NULL,
	"alias" text NOT NULL,
	"version" text NOT NULL,
	"recorded_at_ms" bigint DEFAULT (extract(epoch from clock_timestamp()) * 1000)::bigint NOT NULL,
	CONSTRAINT "aliases_tenant_model_environment_alias_pk" PRIMARY KEY("tenant","model","environment","alias")
);
--> statement-breakpoint
CREATE TABLE "model_versions" (
	"tenant" text DEFAULT 'default' NOT NULL,
	"model" text NOT NULL,
	"version" text NOT NULL,
	"number" integer NOT NULL,
	"digest" text NOT NULL,
	"release" text NOT NULL,
	"plan_digest" text NOT NULL,
	"code" text,
	"commit" text,
	"datasets" jsonb NOT NULL,
	"trained_from" jsonb NOT NULL,
	"card_digest" text NOT NULL,
	"change" text NOT NULL,
	"created_at_ms" bigint NOT NULL,
	CONSTRAINT "model_versions_tenant_model_version_pk" PRIMARY KEY("tenant","model","version"),
	CONSTRAINT "model_versions_tenant_model_number_unique" UNIQUE("tenant","model","number"),
	CONSTRAINT "model_versions_tenant_model_release_unique" UNIQUE("tenant","model","release")
);
--> statement-breakpoint
CREATE TABLE "models" (
	"tenant" text DEFAULT 'default' NOT NULL,
	"name" text NOT NULL,
	"latest_version" text,
	"recorded_at_ms" bigint DEFAULT (extract(epoch from clock_timestamp()) * 1000)::bigint NOT NULL,
	CONSTRAINT "models_tenant_name_pk" PRIMARY KEY("tenant","name")
);
--> statement-breakpoint
CREATE TABLE "pipeline_revisions" (
	"tenant" text DEFAULT 'default' NOT NULL,
	"name" text NOT NULL,
	"revision" integer NOT NULL,
	"code" text,
	"spec" jsonb NOT NULL,
	"spec_digest" text NOT NULL,
	"commit" text,
	"registered_by" text NOT NULL,
	"recorded_at_ms" bigint DEFAULT (extract(epoch from clock_timestamp()) * 1000)::bigint NOT NULL,
	CONSTRAINT "pipeline_revisions_tenant_name_revision_pk" PRIMARY KEY("tenant","name","revision")
);
--> statement-breakpoint
CREATE TABLE "pipelines" (
	"tenant" text DEFAULT 'default' NOT NULL,
	"name" text NOT NULL,
	"latest_revision" integer NOT NULL,
	CONSTRAINT "pipelines_tenant_name_pk" PRIMARY KEY("tenant","name")
);
--> statement-breakpoint
CREATE TABLE "evaluations" (
	"tenant" text DEFAULT 'default' NOT NULL,
	"model_digest" text NOT NULL,
	"evaluation_digest" text NOT NULL,
	"dataset_digest" text NOT NULL,
	"output" text NOT NULL,
	"release" text NOT NULL,
	"recorded_at_ms" bigint DEFAULT (extract(epoch from clock_timestamp()) * 1000)::bigint NOT NULL,
	CONSTRAINT "evaluations_tenant_model_digest_evaluation_digest_dataset_digest_pk" PRIMARY KEY("tenant","model_digest","evaluation_digest","dataset_digest")
);
--> statement-breakpoint
CREATE TABLE "gate_reports" (
	"tenant" text DEFAULT 'default' NOT NULL,
	"release" text NOT NULL,
	"round" integer NOT NULL,
	"report_digest" text NOT NULL,
	"report" jsonb NOT NULL,
	"recorded_at_ms" bigint DEFAULT (extract(epoch from clock_timestamp()) * 1000)::bigint NOT NULL,
	CONSTRAINT "gate_reports_tenant_release_round_pk" PRIMARY KEY("tenant","release","round")
);
--> statement-breakpoint
CREATE TABLE "plans" (
	"tenant" text DEFAULT 'default' NOT NULL,
	"digest" text NOT NULL,
	"plan" jsonb NOT NULL,
	"recorded_at_ms" bigint DEFAULT (extract(epoch from clock_timestamp()) * 1000)::bigint NOT NULL,
	CONSTRAINT "plans_tenant_digest_pk" PRIMARY KEY("tenant","digest")
);
--> statement-breakpoint
CREATE TABLE "releases" (
	"tenant" text DEFAULT 'default' NOT NULL,
	"release" text NOT NULL,
	"sequence" bigint GENERATED ALWAYS AS IDENTITY (sequence name "releases_sequence_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"first_execution_run_id" text NOT NULL,
	"pipeline" text,
	"revision" integer,
	"model" text NOT NULL,
	"team" text NOT NULL,
	"plan_digest" text NOT NULL,
	"trigger" text NOT NULL,
	"requested_by" text NOT NULL,
	"stage" text NOT NULL,
	"outcome" text,
	"message" text,
	"version" text,
	"recorded_at_ms" bigint DEFAULT (extract(epoch from clock_timestamp()) * 1000)::bigint NOT NULL,
	"ended_at_ms" bigint,
	CONSTRAINT "releases_tenant_release_pk" PRIMARY KEY("tenant","release")
);
--> statement-breakpoint
ALTER TABLE "data_reports" ADD CONSTRAINT "data_reports_tenant_release_releases_tenant_release_fk" FOREIGN KEY ("tenant","release") REFERENCES "public"."releases"("tenant","release") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "snapshots" ADD CONSTRAINT "snapshots_tenant_release_releases_tenant_release_fk" FOREIGN KEY ("tenant","release") REFERENCES "public"."releases"("tenant","release") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "approval_requests" ADD CONSTRAINT "approval_requests_tenant_release_releases_tenant_release_fk" FOREIGN KEY ("tenant","release") REFERENCES "public"."releases"("tenant","release") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "decisions" ADD CONSTRAINT "decisions_tenant_release_releases_tenant_release_fk" FOREIGN KEY ("tenant","release") REFERENCES "public"."releases"("tenant","release") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "refusals" ADD CONSTRAINT "refusals_tenant_release_releases_tenant_release_fk" FOREIGN KEY ("tenant","release") REFERENCES "public"."releases"("tenant","release") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rollout_results" ADD CONSTRAINT "rollout_results_tenant_rollout_rollouts_tenant_rollout_fk" FOREIGN KEY ("tenant","rollout") REFERENCES "public"."rollouts"("tenant","rollout") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rollout_watches" ADD CONSTRAINT "rollout_watches_tenant_rollout_rollouts_tenant_rollout_fk" FOREIGN KEY ("tenant","rollout") REFERENCES "public"."rollouts"("tenant","rollout") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rollouts" ADD CONSTRAINT "rollouts_tenant_release_releases_tenant_release_fk" FOREIGN KEY ("tenant","release") REFERENCES "public"."releases"("tenant","release") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "job_attempts" ADD CONSTRAINT "job_attempts_tenant_release_releases_tenant_release_fk" FOREIGN KEY ("tenant","release") REFERENCES "public"."releases"("tenant","release") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "usage_intervals" ADD CONSTRAINT "usage_intervals_tenant_release_releases_tenant_release_fk" FOREIGN KEY ("tenant","release") REFERENCES "public"."releases"("tenant","release") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "aliases" ADD CONSTRAINT "aliases_tenant_model_version_model_versions_tenant_model_version_fk" FOREIGN KEY ("tenant","model","version") REFERENCES "public"."model_versions"("tenant","model","version") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "model_versions" ADD CONSTRAINT "model_versions_tenant_model_models_tenant_name_fk" FOREIGN KEY ("tenant","model") REFERENCES "public"."models"("tenant","name") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "model_versions" ADD CONSTRAINT "model_versions_tenant_release_releases_tenant_release_fk" FOREIGN KEY ("tenant","release") REFERENCES "public"."releases"("tenant","release") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "gate_reports" ADD CONSTRAINT "gate_reports_tenant_release_releases_tenant_release_fk" FOREIGN KEY ("tenant","release") REFERENCES "public"."releases"("tenant","release") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "releases" ADD CONSTRAINT "releases_tenant_plan_digest_plans_tenant_digest_fk" FOREIGN KEY ("tenant","plan_digest") REFERENCES "public"."plans"("tenant","digest") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "audit_rows_tenant_sequence_index" ON "audit_rows" USING btree ("tenant","sequence");--> statement-breakpoint
CREATE INDEX "audit_rows_tenant_release_sequence_index" ON "audit_rows" USING btree ("tenant","release","sequence");--> statement-breakpoint
CREATE INDEX "audit_rows_tenant_model_sequence_index" ON "audit_rows" USING btree ("tenant","model","sequence");--> statement-breakpoint
CREATE INDEX "decisions_tenant_request_digest_sequence_index" ON "decisions" USING btree ("tenant","request_digest","sequence");--> statement-breakpoint
CREATE INDEX "model_versions_tenant_model_digest_index" ON "model_versions" USING btree ("tenant","model","digest");--> statement-breakpoint
CREATE INDEX "releases_tenant_sequence_index" ON "releases" USING btree ("tenant","sequence");--> statement-breakpoint
CREATE INDEX "releases_tenant_model_sequence_index" ON "releases" USING btree ("tenant","model","sequence");--> statement-breakpoint
CREATE INDEX "releases_open" ON "releases" USING btree ("tenant","sequence") WHERE outcome is null;