-- A state store as Tagwright made it at commit 9cf3b69 (schema version 2), with rows in every table.
-- Never changed: test_state_schema.py upgrades it. Without its triggers it is one of PostgreSQL.
CREATE TABLE chargeback_runs (
	run_id VARCHAR(64) NOT NULL, 
	period VARCHAR(7) NOT NULL, 
	number INTEGER NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	reversal_of VARCHAR(64), 
	digest VARCHAR(64) NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (run_id), 
	CONSTRAINT one_run_a_number UNIQUE (period, number), 
	UNIQUE (reversal_of)
);
INSERT INTO "chargeback_runs" VALUES('jr_372eb255608a18cf','2026-09',1,'post',NULL,'58c73bbb959103f4297ffded3f6d56390e9a0d347d8eaa4353927edbff8bccaa','{"adds_up": true, "charges": {"USD": "10.00"}, "cost_basis": "effective_cost", "dimension": "team", "exact": {"USD": "10.00"}, "kind": "post", "notes": [], "number": 1, "period": "2026-09", "posted_at": "2026-11-23T12:00:00+00:00", "posted_by": "cli:ann", "receipt": "", "reversal_of": "", "rules_digest": "r1", "run_id": "jr_372eb255608a18cf", "snapshot": "s1", "status": "closed", "totals": [{"charged": "10.00", "credit": "10.00", "currency": "USD", "debit": "10.00"}]}');
CREATE TABLE plans (
	id VARCHAR(64) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	digest VARCHAR(80) NOT NULL, 
	created_at VARCHAR(40) NOT NULL, 
	expires_at VARCHAR(40) NOT NULL, 
	parent_id VARCHAR(64), 
	body TEXT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(parent_id) REFERENCES plans (id)
);
INSERT INTO "plans" VALUES('plan-1','tag','applying','sha256:359476228a5e1afb1c6e1a9fb84115ba7315902915f44adcdbbeb44a81451e30','2026-11-23T12:00:00+00:00','2026-11-26T12:00:00+00:00',NULL,'{"created_at":"2026-11-23T12:00:00Z","expected":{},"expires_at":"2026-11-26T12:00:00Z","id":"plan-1","items":[{"account":"123456789012","after":"ads","arn":"arn:aws:ec2:us-east-1:123456789012:instance/i-0001","before":null,"confidence":100,"currency":"USD","dimension":"","effective_cost":"10.00","evidence":[],"key":"team","region":"us-east-1"},{"account":"123456789012","after":"ads","arn":"arn:aws:ec2:us-east-1:123456789012:instance/i-0002","before":null,"confidence":100,"currency":"USD","dimension":"","effective_cost":"10.00","evidence":[],"key":"team","region":"us-east-1"}],"kind":"tag","parent_id":null,"proposed_by":"mallory","reason":""}');
INSERT INTO "plans" VALUES('plan-2','tag','proposed','sha256:c4cd8471029834528e81bfa312217b61fffa4f57585938aecdff870648c0722a','2026-11-23T12:00:00+00:00','2026-11-26T12:00:00+00:00',NULL,'{"created_at":"2026-11-23T12:00:00Z","expected":{},"expires_at":"2026-11-26T12:00:00Z","id":"plan-2","items":[{"account":"123456789012","after":"ads","arn":"arn:aws:ec2:us-east-1:123456789012:instance/i-0003","before":null,"confidence":100,"currency":"USD","dimension":"","effective_cost":"10.00","evidence":[],"key":"team","region":"us-east-1"}],"kind":"tag","parent_id":null,"proposed_by":"mallory","reason":""}');
CREATE TABLE chargeback_lines (
	run_id VARCHAR(64) NOT NULL, 
	position INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (run_id, position), 
	FOREIGN KEY(run_id) REFERENCES chargeback_runs (run_id)
);
INSERT INTO "chargeback_lines" VALUES('jr_372eb255608a18cf',1,'{"amount": "10.00", "cost_center": "4421", "currency": "USD", "entity": "US01", "gl_account": "6400", "kind": "direct", "method": "tag", "partner": "", "rule": "", "side": "debit", "target": "search"}');
INSERT INTO "chargeback_lines" VALUES('jr_372eb255608a18cf',2,'{"amount": "10.00", "cost_center": "central", "currency": "USD", "entity": "US01", "gl_account": "cloud-clearing", "kind": "clearing", "method": "clearing", "partner": "", "rule": "", "side": "credit", "target": null}');
CREATE TABLE decisions (
	plan_id VARCHAR(64) NOT NULL, 
	digest VARCHAR(80) NOT NULL, 
	decision VARCHAR(16) NOT NULL, 
	"by" VARCHAR(200) NOT NULL, 
	channel VARCHAR(16) NOT NULL, 
	decided_at VARCHAR(40) NOT NULL, 
	reason TEXT NOT NULL, 
	PRIMARY KEY (plan_id), 
	FOREIGN KEY(plan_id) REFERENCES plans (id)
);
INSERT INTO "decisions" VALUES('plan-1','sha256:359476228a5e1afb1c6e1a9fb84115ba7315902915f44adcdbbeb44a81451e30','approve','alice','cli','2026-11-23T12:00:00+00:00','');
CREATE TABLE journal (
	seq INTEGER NOT NULL, 
	at VARCHAR(40) NOT NULL, 
	event VARCHAR(32) NOT NULL, 
	plan_id VARCHAR(64), 
	body TEXT NOT NULL, 
	previous VARCHAR(64) NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (seq)
);
INSERT INTO "journal" VALUES(1,'2026-11-23T12:00:00+00:00','proposed','plan-1','{"created_at": "2026-11-23T12:00:00Z", "expected": {}, "expires_at": "2026-11-26T12:00:00Z", "id": "plan-1", "items": [{"account": "123456789012", "after": "ads", "arn": "arn:aws:ec2:us-east-1:123456789012:instance/i-0001", "before": null, "confidence": 100, "currency": "USD", "dimension": "", "effective_cost": "10.00", "evidence": [], "key": "team", "region": "us-east-1"}, {"account": "123456789012", "after": "ads", "arn": "arn:aws:ec2:us-east-1:123456789012:instance/i-0002", "before": null, "confidence": 100, "currency": "USD", "dimension": "", "effective_cost": "10.00", "evidence": [], "key": "team", "region": "us-east-1"}], "kind": "tag", "one_person": false, "parent_id": null, "proposed_by": "mallory", "reason": ""}','0000000000000000000000000000000000000000000000000000000000000000','67a0bf4e7bd4113005fdf92fda766d26e8e9e48ad81f915f66c308f437e88226');
INSERT INTO "journal" VALUES(2,'2026-11-23T12:00:00+00:00','approved','plan-1','{"by": "alice", "channel": "cli", "digest": "sha256:359476228a5e1afb1c6e1a9fb84115ba7315902915f44adcdbbeb44a81451e30", "proven": "alice", "reason": ""}','67a0bf4e7bd4113005fdf92fda766d26e8e9e48ad81f915f66c308f437e88226','03b6ce9a0f8ef3aa663fbfdffc0cbe5e0ae31c4cd1796056dc15dc76fb233bb0');
INSERT INTO "journal" VALUES(3,'2026-11-23T12:00:00+00:00','proposed','plan-2','{"created_at": "2026-11-23T12:00:00Z", "expected": {}, "expires_at": "2026-11-26T12:00:00Z", "id": "plan-2", "items": [{"account": "123456789012", "after": "ads", "arn": "arn:aws:ec2:us-east-1:123456789012:instance/i-0003", "before": null, "confidence": 100, "currency": "USD", "dimension": "", "effective_cost": "10.00", "evidence": [], "key": "team", "region": "us-east-1"}], "kind": "tag", "one_person": false, "parent_id": null, "proposed_by": "mallory", "reason": ""}','03b6ce9a0f8ef3aa663fbfdffc0cbe5e0ae31c4cd1796056dc15dc76fb233bb0','6daaa40e9745b6e266368173986f01bc5eac79642ac859961f1a8bce977f00d3');
INSERT INTO "journal" VALUES(4,'2026-11-23T12:00:00+00:00','claimed','plan-1','{"approved_by": "alice", "digest": "sha256:359476228a5e1afb1c6e1a9fb84115ba7315902915f44adcdbbeb44a81451e30", "owner": "vm:20338:419defb8"}','6daaa40e9745b6e266368173986f01bc5eac79642ac859961f1a8bce977f00d3','78d76a9b928b8823222bcfbc5bb5a1b1084919a43959d790066aa2a64a67ace9');
INSERT INTO "journal" VALUES(5,'2026-11-23T12:00:00+00:00','chargeback posted',NULL,'{"by": "cli:ann", "number": 1, "period": "2026-09", "reversal_of": "", "run_id": "jr_372eb255608a18cf", "totals": [{"charged": "10.00", "credit": "10.00", "currency": "USD", "debit": "10.00"}]}','78d76a9b928b8823222bcfbc5bb5a1b1084919a43959d790066aa2a64a67ace9','9924042d337de454001c94a202d2b875cdefe4da9e1b0885a99b2b034b516690');
CREATE TABLE leases (
	plan_id VARCHAR(64) NOT NULL, 
	owner VARCHAR(200) NOT NULL, 
	heartbeat VARCHAR(40) NOT NULL, 
	PRIMARY KEY (plan_id), 
	FOREIGN KEY(plan_id) REFERENCES plans (id)
);
INSERT INTO "leases" VALUES('plan-1','vm:20338:419defb8','2026-11-23T12:00:00+00:00');
CREATE TABLE plan_items (
	plan_id VARCHAR(64) NOT NULL, 
	position INTEGER NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	detail TEXT NOT NULL, 
	attempts INTEGER NOT NULL, 
	changed_at VARCHAR(40) NOT NULL, 
	PRIMARY KEY (plan_id, position), 
	FOREIGN KEY(plan_id) REFERENCES plans (id)
);
INSERT INTO "plan_items" VALUES('plan-1',0,'pending','',0,'2026-11-23T12:00:00+00:00');
INSERT INTO "plan_items" VALUES('plan-1',1,'pending','',0,'2026-11-23T12:00:00+00:00');
INSERT INTO "plan_items" VALUES('plan-2',0,'pending','',0,'2026-11-23T12:00:00+00:00');
CREATE TABLE receipts (
	id VARCHAR(64) NOT NULL, 
	created_at VARCHAR(40) NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "receipts" VALUES('rcp_1','2026-11-23T12:00:00+00:00','{"id": "rcp_1", "created_at": "2026-11-23T12:00:00+00:00", "figure": "1.00"}');
CREATE TABLE schema_version (
	version INTEGER NOT NULL, 
	PRIMARY KEY (version)
);
INSERT INTO "schema_version" VALUES(2);
CREATE TABLE turns (
	thread VARCHAR(128) NOT NULL, 
	number INTEGER NOT NULL, 
	at VARCHAR(40) NOT NULL, 
	waits INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (thread, number)
);
INSERT INTO "turns" VALUES('t1',1,'2026-11-30T07:02:04+00:00',1,'{"messages": [], "usage": {}}');
CREATE INDEX plans_by_time ON plans (created_at);
CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'journal is append-only'); END;
CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'journal is append-only'); END;
CREATE TRIGGER decisions_no_update BEFORE UPDATE ON decisions BEGIN SELECT RAISE(ABORT, 'decisions is append-only'); END;
CREATE TRIGGER decisions_no_delete BEFORE DELETE ON decisions BEGIN SELECT RAISE(ABORT, 'decisions is append-only'); END;
CREATE TRIGGER chargeback_runs_no_update BEFORE UPDATE ON chargeback_runs BEGIN SELECT RAISE(ABORT, 'chargeback_runs is append-only'); END;
CREATE TRIGGER chargeback_runs_no_delete BEFORE DELETE ON chargeback_runs BEGIN SELECT RAISE(ABORT, 'chargeback_runs is append-only'); END;
CREATE TRIGGER chargeback_lines_no_update BEFORE UPDATE ON chargeback_lines BEGIN SELECT RAISE(ABORT, 'chargeback_lines is append-only'); END;
CREATE TRIGGER chargeback_lines_no_delete BEFORE DELETE ON chargeback_lines BEGIN SELECT RAISE(ABORT, 'chargeback_lines is append-only'); END;
