// Made from openapi.json by `npm run types`; a test fails where it is stale. Not to be edited.

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description How good the forecasts of the last day turned out, of the model that served. */
        Accuracy: {
            /**
             * Format: double
             * @description Share of the loads that the 0.99 quantile carried.
             */
            coverage_q99: number;
            /**
             * Format: double
             * @description Mean absolute error of the median, as a share of the mean load; none where there was no load.
             */
            error_share?: number | null;
            /**
             * Format: double
             * @description 1 less that error over the one of the reactive rule: above zero, the forecast was the better of both; none where the reactive
             *     rule made no error.
             */
            skill?: number | null;
        };
        /**
         * @description Which way capacity goes.
         * @enum {string}
         */
        Action: "scale_out" | "scale_in" | "hold";
        /** @description That the API answers. */
        Alive: {
            /** @description Always `ok`. */
            status: string;
            /** @description Version of Headroom. */
            version: string;
        };
        /** @description At least so many instances for a while. */
        Allocation: {
            /**
             * Format: date-time
             * @description When it was asked for.
             */
            at: string;
            /** @description Who asked for it. */
            by: string;
            /**
             * Format: int32
             * @description Instances.
             */
            instances: number;
            /**
             * Format: date-time
             * @description Until when.
             */
            until: string;
            /** @description Why. */
            why: string;
        };
        /** @description The answer. */
        Anomalies: {
            /** @description The newest first. */
            anomalies: components["schemas"]["Anomaly"][];
            /** @description The group. */
            group: string;
            /** @description The cursor of the next part; none at the end. */
            next: string | null;
            /** @description How many there are in the span. */
            total: number;
        };
        /** @description A measurement that was not to be expected. */
        Anomaly: {
            /**
             * Format: double
             * @description The forecast of it, one step ahead, in instance-equivalents.
             */
            expected: number;
            /**
             * Format: int32
             * @description Version of this record's form.
             */
            format: number;
            /** @description The group. */
            group: string;
            /**
             * Format: double
             * @description The measured load, in instance-equivalents.
             */
            load: number;
            /**
             * Format: double
             * @description How unusual the error is; its sign is the error's.
             */
            score: number;
            /**
             * Format: date-time
             * @description Start of the step.
             */
            timestamp: string;
        };
        /** @description The answer to a proposal. It names the proposal whole, so that it never counts for another one. */
        Answer: {
            /** @description Which way it goes. */
            action: components["schemas"]["Action"];
            /**
             * Format: int32
             * @description Instances that it asks for.
             */
            desired: number;
            /**
             * Format: date-time
             * @description The tick that made the proposal.
             */
            tick: string;
            /** @description The answer. */
            verdict: components["schemas"]["Verdict"];
        };
        /** @description What was answered. */
        Answered: {
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /** @description By whom. */
            by: string;
            /** @description To what. */
            proposal: components["schemas"]["Proposal"];
            /** @description What. */
            verdict: components["schemas"]["Verdict"];
        };
        /**
         * @description How a decision reaches the cloud.
         * @enum {string}
         */
        Apply: "desired" | "floor";
        /**
         * @description Which decisions wait for an operator before they are carried out.
         * @enum {string}
         */
        Approval: "none" | "scale-in" | "all";
        /** @description A training that was asked for. */
        Asked: {
            /**
             * Format: date-time
             * @description When: one that is open already stays as it is. `training` of the group tells once it is done.
             */
            asked_at: string;
            /** @description Who asked first. */
            by: string;
            /** @description The group. */
            group: string;
        };
        /** @description Orders of operators. */
        Audit: {
            /** @description The cursor of the next part; none at the end. */
            next: string | null;
            /** @description The newest first. */
            records: components["schemas"]["OrderRecord"][];
            /** @description How many there are in the span. */
            total: number;
        };
        /** @description One entry of the calendar, as written. */
        CalendarEntry: {
            /**
             * Format: int32
             * @description Length in minutes. Either this or `end`.
             */
            duration_minutes?: number | null;
            /** @description First moment after the event. Either this or `duration_minutes`. */
            end?: string | null;
            /** @description The groups it concerns; all by default. */
            groups?: string[] | null;
            /**
             * Format: double
             * @description Expected strength: at full strength the load is 1 + intensity times the ordinary one. 1 by default, at most 1000.
             */
            intensity?: number;
            /** @description What kind it is: events of one kind are expected to have like effects for their intensity. `event` by default. */
            kind?: string;
            /** @description What people call it. */
            name: string;
            /**
             * Format: int32
             * @description Of events at the same time, the one of highest priority counts. 0 by default.
             */
            priority?: number;
            /**
             * Format: int32
             * @description Minutes before the start over which the strength climbs, and after the end over which it falls. 0 by default.
             */
            ramp_minutes?: number;
            /** @description An RFC 5545 recurrence rule, for example `FREQ=WEEKLY;BYDAY=TU`. */
            repeat?: string | null;
            /** @description First moment, in the event's or the calendar's time zone unless it has an offset of its own. */
            start: string;
            /** @description IANA time zone of `start` and `end`; the calendar's by default. */
            time_zone?: string | null;
        };
        /** @description The group's size as the newest decision found and left it. */
        Capacity: {
            /**
             * Format: int32
             * @description Instances asked for.
             */
            desired: number;
            /**
             * Format: int32
             * @description Instances that take load.
             */
            in_service: number;
            /**
             * Format: int32
             * @description Most that configuration and cloud allow.
             */
            max: number;
            /**
             * Format: int32
             * @description Fewest that configuration and cloud allow.
             */
            min: number;
            /**
             * Format: int32
             * @description Instances that still boot.
             */
            pending: number;
        };
        /** @description The size of a group as the cloud tells it. */
        CapacityState: {
            /**
             * Format: int32
             * @description Instances asked for.
             */
            desired: number;
            /**
             * Format: int32
             * @description Instances that take load now.
             */
            in_service: number;
            /**
             * Format: int32
             * @description Most instances the group allows.
             */
            max: number;
            /**
             * Format: int32
             * @description Fewest instances the group allows.
             */
            min: number;
            /**
             * Format: int32
             * @description Instances that still boot.
             */
            pending: number;
            /**
             * Format: int32
             * @description The step in which capacity can come: the greatest common divisor of the weights of a mixed group, whose sizes all count
             *     weights; 1 where all instances are equal.
             */
            unit?: number;
        };
        /** @description What operators want of a group. */
        Control: {
            allocation: components["schemas"]["Allocation"] | null;
            mode: components["schemas"]["ModeOverride"] | null;
            stop: components["schemas"]["Stop"] | null;
            /** @description Whether all this cannot be read, which counts as stopped. */
            unreadable: boolean;
        };
        /** @description Share of measured values at or below a quantile. */
        Coverage: {
            /**
             * Format: double
             * @description Of the 0.9 quantile.
             */
            0.9: number;
            /**
             * Format: double
             * @description Of the 0.95 quantile.
             */
            0.95: number;
            /**
             * Format: double
             * @description Of the 0.99 quantile.
             */
            0.99: number;
        };
        /** @description One day in money. */
        DaySavings: {
            /**
             * Format: double
             * @description What a fixed size for the highest need would have cost more; below zero, less.
             */
            against_static_peak: number;
            /**
             * Format: double
             * @description What target tracking would have cost more; below zero, less.
             */
            against_target_tracking: number;
            /**
             * Format: double
             * @description What the instances cost.
             */
            cost: number;
            /**
             * Format: date
             * @description The UTC day.
             */
            day: string;
        };
        /** @description One decision or non-decision of one group. */
        Decision: {
            accuracy?: components["schemas"]["Accuracy"] | null;
            /** @description Which way that goes. */
            action: components["schemas"]["Action"];
            /** @description Whether someone has to look. */
            alarm?: boolean;
            /** @description What it sets: the desired capacity, or the minimum. Then all sizes below are minimums too. */
            apply?: components["schemas"]["Apply"];
            /**
             * Format: date-time
             * @description When it was made.
             */
            at: string;
            /** @description The size found. */
            before: components["schemas"]["CapacityState"];
            /**
             * Format: int32
             * @description The capacity to ask for.
             */
            desired: number;
            /**
             * Format: int32
             * @description Version of this record's form.
             */
            format: number;
            /** @description The group. */
            group: string;
            /**
             * Format: int64
             * @description From the decision to an instance in service, in seconds, as it was known then.
             */
            lead_time_seconds?: number | null;
            /**
             * Format: double
             * @description Load measured last, in instance-equivalents; none where there was no measurement.
             */
            load?: number | null;
            /**
             * Format: date-time
             * @description End of the step in which that was measured.
             */
            measured_until?: string | null;
            /** @description The group's mode then. */
            mode: components["schemas"]["Mode"];
            /** @description What came of it. */
            outcome: components["schemas"]["Outcome"];
            /** @description The rule. */
            policy: components["schemas"]["PolicyName"];
            /** @description Every reason, in the order in which it shaped the result. */
            reasons: components["schemas"]["Reason"][];
            /**
             * Format: int32
             * @description Instances that the load ahead takes, before anything held it back.
             */
            required: number;
            risk?: components["schemas"]["Risk"] | null;
            savings?: components["schemas"]["Savings"] | null;
            /** @description The same for people. */
            sentence: string;
            /**
             * Format: date-time
             * @description The tick it belongs to: the start of the step in which it was made. One tick has one decision.
             */
            tick: string;
        };
        /** @description The answer. */
        Decisions: {
            /** @description The newest first. */
            decisions: components["schemas"]["Decision"][];
            /** @description The group. */
            group: string;
            /** @description The cursor of the next part; none at the end. */
            next: string | null;
            /** @description How many there are in the span, of which `decisions` may be fewer. */
            total: number;
        };
        /** @description That a model scored worse than the reactive rule, with the scores at that time. */
        Demotion: {
            /**
             * Format: int64
             * @description The scores covered so many hours.
             */
            hours: number;
            /**
             * Format: double
             * @description Mean absolute error of its median, in instance-equivalents.
             */
            mae: number;
            /**
             * Format: double
             * @description That of the reactive rule over the same steps.
             */
            reactive_mae: number;
            /**
             * Format: date-time
             * @description The tick at which it was demoted.
             */
            since: string;
        };
        /** @description One way in which forecasts got worse than they were, or than they claim to be. */
        Drift: {
            /**
             * Format: double
             * @description The same over the days before.
             */
            before: number;
            /** @enum {string} */
            kind: "error_grew";
            /**
             * Format: double
             * @description Absolute error over the window, as a share of the load.
             */
            now: number;
        } | {
            /**
             * Format: double
             * @description Mean of median - load, in instance-equivalents: above zero, forecasts are too high.
             */
            bias: number;
            /** @enum {string} */
            kind: "biased";
            /**
             * Format: double
             * @description Share of the loads on the side where more lie.
             */
            share: number;
        } | {
            /** @enum {string} */
            kind: "undercovers";
            /**
             * Format: double
             * @description The level.
             */
            level: number;
            /**
             * Format: double
             * @description Share of the loads at or below the quantile.
             */
            share: number;
        };
        /** @description A drift that goes on. */
        Drifted: components["schemas"]["Drift"] & {
            /** @description The same for people. */
            sentence: string;
            /**
             * Format: date-time
             * @description The tick at which it was named.
             */
            since: string;
        };
        /** @description The answer. */
        Events: {
            /** @description In the order of their start. */
            events: components["schemas"]["Occurrence"][];
            /**
             * Format: date-time
             * @description Where the span begins.
             */
            from: string;
            /** @description The group. */
            group: string;
            /** @description The calendar's time zone, by its IANA name. */
            time_zone: string;
            /**
             * Format: date-time
             * @description Where it ends.
             */
            to: string;
        };
        /** @description The scores of the model that serves, and what follows from them. */
        Feedback: {
            demoted: components["schemas"]["Told"] | null;
            /** @description What drifts, and since when. */
            drifts: components["schemas"]["Drifted"][];
            report: components["schemas"]["FeedbackReport"] | null;
            retraining: components["schemas"]["Told"] | null;
        };
        /** @description The scores of the window. Loads and errors are in instance-equivalents. */
        FeedbackReport: {
            /**
             * Format: double
             * @description Mean of median - load: above zero, forecasts are too high.
             */
            bias: number;
            /** @description Share of loads at or below the upper quantiles. */
            coverage: components["schemas"]["Coverage"];
            /**
             * Format: int32
             * @description How many there are.
             */
            forecasts: number;
            /**
             * Format: double
             * @description Mean absolute error of the median over all steps.
             */
            mae: number;
            /**
             * Format: double
             * @description Mean of the measured loads.
             */
            mean_load: number;
            /** @description The model. */
            model: components["schemas"]["ModelName"];
            /**
             * Format: double
             * @description Mean absolute error of the reactive rule over the same steps.
             */
            reactive_mae: number;
            /**
             * Format: date-time
             * @description Origin of the first forecast that was scored.
             */
            since: string;
            /**
             * Format: double
             * @description 1 - mae / `reactive_mae`: above zero, the model does better; none where the reactive rule made no error.
             */
            skill?: number | null;
            /**
             * Format: date-time
             * @description Origin of the last one.
             */
            until: string;
            /**
             * Format: double
             * @description Weighted quantile loss, as in [`crate::score::Score::wql`]; none where there was no load.
             */
            wql?: number | null;
        };
        /** @description What operators want of the whole fleet. */
        FleetControl: {
            stop: components["schemas"]["Stop"] | null;
            /** @description Whether it cannot be read, which counts as thrown. */
            unreadable: boolean;
        };
        /** @description The fleet's past. */
        FleetHistory: {
            /**
             * Format: int64
             * @description Length of what one row stands for.
             */
            bucket_seconds: number;
            /**
             * Format: date-time
             * @description Where the span begins.
             */
            from: string;
            /** @description In the order of time. */
            rows: components["schemas"]["FleetRow"][];
            /**
             * Format: date-time
             * @description Where it ends.
             */
            to: string;
        };
        /** @description The fleet in one bucket of time. */
        FleetRow: {
            /** @description How many groups have a load in this bucket. */
            groups: number;
            /**
             * Format: double
             * @description Sum of the instances in service; none where a group does not tell.
             */
            in_service: number | null;
            /**
             * Format: double
             * @description Sum of the groups' largest loads, in instance-equivalents.
             */
            load: number;
            /**
             * Format: int32
             * @description Sum of the fewest instances that carry them.
             */
            required: number;
            /**
             * Format: date-time
             * @description Start of the bucket.
             */
            timestamp: string;
        };
        /** @description A stored forecast of a group's load, in instance-equivalents. */
        Forecast: {
            /**
             * Format: int32
             * @description Version of this record's form.
             */
            format: number;
            /** @description The group. */
            group: string;
            /** @description The levels of the quantiles. */
            levels: number[];
            /** @description What made it. */
            model: components["schemas"]["ModelName"];
            /**
             * Format: date-time
             * @description End of the last step that was seen: the first forecast step starts here.
             */
            origin: string;
            /** @description Per step, the values of the largest load up to and including it. */
            peaks: components["schemas"]["Quantiles"][];
            /**
             * @description False where nothing beat the last value on the group's history: the forecast is then the last value and how far off
             *     that usually is.
             */
            predictable?: boolean;
            /**
             * Format: int64
             * @description Length of a step in seconds.
             */
            step_seconds: number;
            /** @description Per step, the values at the levels. */
            steps: components["schemas"]["Quantiles"][];
        };
        /** @description One group at a glance. Loads are instance-equivalents, money is in the unit of `price_per_hour`. */
        Group: {
            accuracy: components["schemas"]["Accuracy"] | null;
            /** @description Whether the newest decision asks for someone to look. */
            alarm: boolean;
            /** @description How decisions reach the cloud. */
            apply: components["schemas"]["Apply"];
            /** @description Which decisions wait for an operator. */
            approval: components["schemas"]["Approval"];
            capacity: components["schemas"]["Capacity"] | null;
            /** @description The mode of the configuration. */
            configured_mode: components["schemas"]["Mode"];
            /** @description What operators want. */
            control: components["schemas"]["Control"];
            /**
             * Format: int64
             * @description How long ago that step ended.
             */
            data_age_seconds: number | null;
            decision: components["schemas"]["LastDecision"] | null;
            /**
             * Format: int64
             * @description How long ago, in seconds.
             */
            decision_age_seconds: number | null;
            feedback: components["schemas"]["Feedback"] | null;
            /** @description The verdict. */
            health: components["schemas"]["Health"];
            /** @description Its name. */
            id: string;
            /** @description Whether that is too long, or nothing was measured. */
            is_stale: boolean;
            /**
             * Format: double
             * @description The objective: no instance above this share.
             */
            max_utilization: number;
            measured: components["schemas"]["Measured"] | null;
            /** @description The mode in force. */
            mode: components["schemas"]["Mode"];
            model: components["schemas"]["ModelName"] | null;
            /**
             * Format: date-time
             * @description Start of the newest step that was measured.
             */
            newest_observation: string | null;
            peak: components["schemas"]["Peak"] | null;
            /** @description The rule. */
            policy: components["schemas"]["PolicyName"];
            /** @description False where nothing beat the last value on the group's history. */
            predictable: boolean;
            /**
             * Format: double
             * @description Price of an instance-hour.
             */
            price_per_hour: number | null;
            proposal: components["schemas"]["Proposal"] | null;
            /** @description The cloud it is in. */
            provider: string;
            /** @description Changes that were refused and whose time is not up. */
            refused: components["schemas"]["Refusal"][];
            savings: components["schemas"]["Savings"] | null;
            /**
             * Format: int64
             * @description Metrics older than this are stale.
             */
            stale_after_seconds: number;
            /**
             * Format: int64
             * @description Length of a step in seconds.
             */
            step_seconds: number;
            stopped: components["schemas"]["Scope"] | null;
            training: components["schemas"]["Training"] | null;
        };
        /** @description What came of replaying a group's own history. */
        GroupBacktest: {
            /** @description By which command. */
            command: string;
            /**
             * Format: double
             * @description How many days were replayed.
             */
            days: number;
            /** @description The group. */
            group: string;
            /**
             * Format: date-time
             * @description When it was made.
             */
            made_at: string;
            /** @description What `headroom backtest --json` writes: world, policies and frontier. */
            result: Record<string, never>;
        };
        /** @description What of the calendar concerns a group. */
        GroupCalendar: {
            /** @description The version of the fleet's calendar; see there. */
            etag: string | null;
            /** @description The entries, in the order of the file. */
            events: components["schemas"]["GroupEntry"][];
            /** @description The group. */
            group: string;
            /** @description The zone of times without one, by its IANA name. */
            time_zone: string;
        };
        /** @description An entry that concerns a group. */
        GroupEntry: {
            /** @description The entry as it is written. */
            event: components["schemas"]["CalendarEntry"];
            /** @description Its place in the fleet's calendar. */
            index: number;
            /** @description Whether it concerns other groups too: then it is changed in the fleet's calendar. */
            shared: boolean;
        };
        /** @description The whole fleet at a glance. */
        Groups: {
            /** @description What operators want of every group. */
            fleet: components["schemas"]["FleetControl"];
            /** @description The groups, in the order of the configuration. */
            groups: components["schemas"]["Group"][];
            /**
             * Format: date-time
             * @description The moment that this tells of.
             */
            now: string;
            /**
             * Format: int32
             * @description How often a page asks again, in seconds of the reader's time.
             */
            refresh_seconds: number;
            /** @description Version of Headroom. */
            version: string;
        };
        /** @description The verdict. */
        Health: {
            /** @description What was found, the gravest first; nothing where all is well. Clauses for people: they start small and have no full stop. */
            clauses: string[];
            /** @description The gravest of what was found. */
            level: components["schemas"]["Level"];
        };
        /** @description The answer. */
        History: {
            /**
             * Format: int64
             * @description Length of what one row stands for; equal to `step_seconds` where nothing was thinned out.
             */
            bucket_seconds: number;
            /**
             * Format: date-time
             * @description Where the first row begins at the earliest.
             */
            from: string;
            /** @description The group. */
            group: string;
            /**
             * Format: int64
             * @description How long instances were above the objective, by the steps themselves and not by the thinned-out rows.
             */
            over_objective_seconds: number;
            /** @description In the order of time. */
            rows: components["schemas"]["HistoryRow"][];
            /**
             * Format: int64
             * @description Length of a step of the group.
             */
            step_seconds: number;
            /**
             * Format: date-time
             * @description Before this the last row begins.
             */
            to: string;
        };
        /**
         * @description One row of the answer. Of a bucket of several steps it tells the worst: the largest of everything, and the
         *     fewest instances. Absent is absent, never zero.
         */
        HistoryRow: {
            /**
             * Format: double
             * @description Mean CPU in percent.
             */
            cpu_utilization?: number | null;
            /**
             * Format: double
             * @description Instances in service.
             */
            in_service_instances?: number | null;
            /**
             * Format: double
             * @description Whether an event of the calendar went on, or how strong it was.
             */
            is_sale_active?: number | null;
            /**
             * Format: double
             * @description Load in instance-equivalents.
             */
            load?: number | null;
            /**
             * Format: double
             * @description Bytes per step.
             */
            network_in?: number | null;
            /**
             * Format: double
             * @description Requests per step.
             */
            request_count?: number | null;
            /**
             * Format: int32
             * @description Fewest instances that carry that load within the objective.
             */
            required?: number | null;
            /**
             * Format: date-time
             * @description Start of the step or bucket.
             */
            timestamp: string;
            /**
             * Format: double
             * @description Load of one step / instances in service in the same step; so a bucket does not show a shortage that never was.
             */
            utilization?: number | null;
        };
        /** @description How the page, or any other client, comes by a token: the answer of `GET /api/auth`. */
        How: {
            /** @description The name by which the provider knows the page. */
            client_id?: string;
            /** @description Where to log in: the issuer of an OpenID Connect provider. */
            issuer?: string;
            /** @description What kind of access it is. */
            kind: components["schemas"]["HowKind"];
            /** @description The scope to ask the provider for. */
            scope?: string;
        };
        /**
         * @description Kinds of access.
         * @enum {string}
         */
        HowKind: "token" | "oidc" | "gateway";
        /** @description What was done last. */
        LastDecision: {
            /** @description Which way capacity goes. */
            action: components["schemas"]["Action"];
            /**
             * Format: date-time
             * @description When it was made.
             */
            at: string;
            /**
             * Format: int32
             * @description Instances asked for before.
             */
            before: number;
            /**
             * Format: int32
             * @description Instances to ask for.
             */
            desired: number;
            /** @description What came of it. */
            outcome: components["schemas"]["Outcome"];
            /**
             * Format: int32
             * @description Instances that the load ahead takes.
             */
            required: number;
            /** @description The same with its reasons, for people. */
            sentence: string;
            /**
             * Format: date-time
             * @description The tick it belongs to.
             */
            tick: string;
        };
        /**
         * @description How a group is, the gravest last.
         * @enum {string}
         */
        Level: "ok" | "unknown" | "watch" | "alarm";
        /** @description What was measured last. */
        Measured: {
            /**
             * Format: double
             * @description Load in instance-equivalents.
             */
            load: number;
            /**
             * Format: int32
             * @description Fewest instances that carry the load within the objective.
             */
            required: number;
            /**
             * Format: date-time
             * @description Start of the step.
             */
            timestamp: string;
            /**
             * Format: double
             * @description Load / instances in service; none where nothing is in service.
             */
            utilization: number | null;
        };
        /** @description Rows of history. */
        Metrics: {
            /** @description The group. */
            group: string;
            /** @description The cursor of the next part; none at the end. */
            next: string | null;
            /** @description In the order of time. Absent is absent, never zero. */
            rows: components["schemas"]["Observation"][];
            /**
             * Format: int64
             * @description Length of a step in seconds.
             */
            step_seconds: number;
            /** @description How many rows there are in the span. */
            total: number;
        };
        /**
         * @description What Headroom may do to a group.
         * @enum {string}
         */
        Mode: "observe" | "scale-out-only" | "active" | "off";
        /** @description What a model card tells differs from model to model: an object of facts. */
        ModelCard: Record<string, never>;
        /** @description Which model made a forecast. */
        ModelName: {
            /** @description Name of the kind of model, for example `lstm` or `last value`. */
            name: string;
            /** @description Version of the stored weights; none for a model without weights. */
            version?: string | null;
        };
        /** @description A mode in place of the one of the configuration. */
        ModeOverride: {
            /**
             * Format: date-time
             * @description Since when.
             */
            at: string;
            /** @description Who set it. */
            by: string;
            /** @description The mode. */
            mode: components["schemas"]["Mode"];
            /** @description Why. */
            why: string;
        };
        /** @description The calendar to put in place of the one that is there. */
        NewCalendar: {
            /** @description The entries. */
            events: components["schemas"]["CalendarEntry"][];
            /**
             * Format: double
             * @description The legacy flag, where it shall stay: a sale of this intensity for as long as the calendar says so.
             */
            is_sale_active?: number | null;
            /** @description The zone of times without one, by its IANA name. */
            time_zone: string;
        };
        /** @description The entries that shall concern one group and no other. */
        NewGroupCalendar: {
            /** @description The entries; what they say of `groups` is left out, or names the group alone. */
            events: components["schemas"]["CalendarEntry"][];
        };
        /** @description The mode that a group shall have. */
        NewMode: {
            /** @description `observe`, `scale-out-only` or `active`; `off` has only the configuration. */
            mode: components["schemas"]["Mode"];
            /** @description Why, for the record. */
            why: string;
        };
        /** @description Rows to take in. */
        NewRows: {
            /** @description The group. */
            group: string;
            /** @description The rows, in any order, of at most 31 days in UTC. A value replaces an older one, the absence of a value never does. */
            rows: components["schemas"]["Observation"][];
        };
        /** @description One step as it was forecast when it was next. Of a bucket of several steps, the largest of each. */
        NextStep: {
            /**
             * Format: double
             * @description The 0.1 quantile, in instance-equivalents.
             */
            p10: number;
            /**
             * Format: double
             * @description The median.
             */
            p50: number;
            /**
             * Format: double
             * @description The 0.9 quantile.
             */
            p90: number;
            /**
             * Format: double
             * @description The 0.95 quantile.
             */
            p95: number;
            /**
             * Format: date-time
             * @description Start of the step or bucket.
             */
            timestamp: string;
        };
        /** @description Why the reactive rule decides in place of a forecast. */
        NoForecast: "no_model" | {
            /** @description The model cannot be used; the text says why. */
            unusable_model: string;
        } | "gaps_in_history" | {
            /** @description The model's forecasts were worse than the reactive rule for long enough. */
            demoted: components["schemas"]["Demotion"];
        };
        /** @description What a group did during the step that starts at `timestamp`. Absent is absent, never zero. */
        Observation: {
            /**
             * Format: double
             * @description Mean CPU of the instances in service, in percent.
             */
            cpu_utilization?: number | null;
            /**
             * Format: double
             * @description Mean number of instances in service.
             */
            in_service_instances?: number | null;
            /**
             * Format: double
             * @description 0, 1 or an event's intensity.
             */
            is_sale_active?: number | null;
            /**
             * Format: double
             * @description Bytes received in the step.
             */
            network_in?: number | null;
            /**
             * Format: double
             * @description Requests in the step.
             */
            request_count?: number | null;
            /**
             * Format: date-time
             * @description Start of the step.
             */
            timestamp: string;
        };
        /** @description One happening of an event. */
        Occurrence: {
            /**
             * Format: date-time
             * @description First moment after full strength.
             */
            end: string;
            /**
             * Format: double
             * @description Expected strength.
             */
            intensity: number;
            /** @description The event's kind. */
            kind: string;
            /** @description The event's name. */
            name: string;
            /**
             * Format: int32
             * @description The highest one counts.
             */
            priority: number;
            /**
             * Format: int32
             * @description Length of the climb before the start and of the fall after the end, in minutes.
             */
            ramp_minutes: number;
            /**
             * Format: date-time
             * @description First moment at full strength.
             */
            start: string;
        };
        /** @description What came of an order. */
        OrderOutcome: {
            /** @enum {string} */
            kind: "asked";
        } | {
            /** @enum {string} */
            kind: "done";
        } | {
            /** @description Why. */
            error: string;
            /** @enum {string} */
            kind: "failed";
        };
        /** @description An order of an operator. */
        OrderRecord: {
            /** @description What was done, in one word, such as `stop`. */
            action: string;
            /**
             * Format: date-time
             * @description When.
             */
            at: string;
            /** @description By whom. */
            by: string;
            /** @description To which group; none to the whole fleet. */
            group: string | null;
            /** @description Tells it from others. */
            id: string;
            /** @description What came of it. */
            outcome: components["schemas"]["OrderOutcome"];
            /** @description The role that it was given in; none on the command line. */
            role: string | null;
            /** @description What exactly. */
            what: Record<string, never>;
        };
        /** @description What came of a decision. */
        Outcome: {
            /** @enum {string} */
            kind: "pending";
        } | {
            /** @enum {string} */
            kind: "unchanged";
        } | {
            /** @enum {string} */
            kind: "applied";
        } | {
            /** @enum {string} */
            kind: "not_allowed";
        } | {
            /** @enum {string} */
            kind: "awaiting_approval";
            /**
             * Format: date-time
             * @description From then on it is not carried out any more.
             */
            until: string;
        } | {
            /** @enum {string} */
            kind: "rejected";
        } | {
            /** @enum {string} */
            kind: "expired";
        } | {
            /** @enum {string} */
            kind: "superseded";
        } | {
            /** @enum {string} */
            kind: "stopped";
        } | {
            /** @description What it said. */
            error: string;
            /** @enum {string} */
            kind: "insufficient_capacity";
        } | {
            /** @description What it said. */
            error: string;
            /** @enum {string} */
            kind: "failed";
        };
        /** @description The answer. */
        PastForecasts: {
            /**
             * Format: int64
             * @description Length of what one row stands for.
             */
            bucket_seconds: number;
            /** @description The group. */
            group: string;
            /** @description In the order of time. */
            rows: components["schemas"]["NextStep"][];
        };
        /** @description The largest load of the coming hour. */
        Peak: {
            /**
             * Format: double
             * @description The quantile: how sure the group wants to be.
             */
            level: number;
            /**
             * Format: double
             * @description In instance-equivalents, at the level.
             */
            load: number;
            /**
             * Format: int32
             * @description Fewest instances that carry it within the objective.
             */
            required: number;
            /**
             * Format: date-time
             * @description End of what the forecast covers.
             */
            until: string;
        };
        /**
         * @description Which rule turns what is known into capacity.
         * @enum {string}
         */
        PolicyName: "headroom" | "threshold" | "reactive" | "schedule";
        /** @description The newest forecasts. */
        Predictions: {
            /** @description One for each group that has any, in the order of the configuration. Loads are instance-equivalents. */
            predictions: components["schemas"]["Forecast"][];
        };
        /** @description What went wrong, for programs and people. */
        Problem: {
            /** @description What to do about it. */
            cure: string;
            /** @description What is wrong here. */
            detail: string;
            /** @description The parameter to blame, or the path of the field within the body, such as `events[2].start`. */
            field?: string;
            /**
             * Format: int32
             * @description The HTTP status.
             */
            status: number;
            /** @description The status in words. */
            title: string;
            /** @description Always `about:blank`: the status says what kind of problem it is. */
            type: string;
        };
        /** @description A change that waits for an operator. */
        Proposal: {
            /** @description Which way it goes. */
            action: components["schemas"]["Action"];
            /**
             * Format: int32
             * @description Instances found when it was made.
             */
            before: number;
            /**
             * Format: int32
             * @description Instances that it asks for.
             */
            desired: number;
            /**
             * Format: date-time
             * @description The tick that made it.
             */
            tick: string;
            /**
             * Format: date-time
             * @description From then on it is not carried out any more.
             */
            until: string;
        };
        /** @description Values at [`LEVELS`], in the unit of what is forecast. */
        Quantiles: number[];
        /** @description One thing that shaped a decision. Loads are in instance-equivalents. */
        Reason: {
            /** @enum {string} */
            kind: "peak_ahead";
            /**
             * Format: double
             * @description Largest load ahead, at the quantile.
             */
            load: number;
            /**
             * Format: double
             * @description The risk level.
             */
            quantile: number;
            /**
             * Format: int32
             * @description Instances that carry it.
             */
            required: number;
            /**
             * Format: int64
             * @description How far the look-ahead reaches, in minutes from now.
             */
            within_minutes: number;
        } | {
            /** @enum {string} */
            kind: "not_predictable";
        } | {
            /**
             * Format: date-time
             * @description When it ends.
             */
            end: string;
            /** @description Its kind. */
            event_kind: string;
            /** @enum {string} */
            kind: "event";
            /** @description Its name. */
            name: string;
            /**
             * Format: date-time
             * @description When it is at full strength.
             */
            start: string;
        } | {
            /** @description Why there is none. */
            because: components["schemas"]["NoForecast"];
            /** @enum {string} */
            kind: "reactive";
            /**
             * Format: double
             * @description Load measured last.
             */
            load: number;
            /**
             * Format: int32
             * @description Instances that carry it.
             */
            required: number;
            /**
             * Format: double
             * @description The utilization aimed at.
             */
            target?: number | null;
        } | {
            /** @enum {string} */
            kind: "tracking";
            /**
             * Format: double
             * @description Load measured last.
             */
            load: number;
            /**
             * Format: int32
             * @description Instances that carry it.
             */
            required: number;
            /**
             * Format: double
             * @description The utilization aimed at.
             */
            target: number;
        } | {
            /**
             * Format: date-time
             * @description When it ends.
             */
            end: string;
            /**
             * Format: int32
             * @description Instances that it asks for.
             */
            instances: number;
            /** @enum {string} */
            kind: "schedule";
            /** @description Its name. */
            name: string;
            /**
             * Format: date-time
             * @description When it starts or started.
             */
            start: string;
        } | {
            /**
             * Format: int32
             * @description Instances outside of the schedule.
             */
            instances: number;
            /** @enum {string} */
            kind: "unscheduled";
        } | {
            /** @enum {string} */
            kind: "reactive_floor";
            /**
             * Format: double
             * @description Load measured last.
             */
            load: number;
            /**
             * Format: int32
             * @description Instances that carry it.
             */
            required: number;
        } | {
            /**
             * Format: double
             * @description Predicted CPU in percent.
             */
            cpu_percent: number;
            /** @enum {string} */
            kind: "cpu_above";
            /**
             * Format: double
             * @description The bound in percent.
             */
            threshold_percent: number;
        } | {
            /**
             * Format: double
             * @description Predicted CPU in percent.
             */
            cpu_percent: number;
            /** @enum {string} */
            kind: "cpu_below";
            /**
             * Format: double
             * @description The bound in percent.
             */
            threshold_percent: number;
        } | {
            /**
             * Format: double
             * @description Predicted CPU in percent.
             */
            cpu_percent: number;
            /**
             * Format: double
             * @description Upper bound in percent.
             */
            high_percent: number;
            /** @enum {string} */
            kind: "cpu_within";
            /**
             * Format: double
             * @description Lower bound in percent.
             */
            low_percent: number;
        } | {
            /**
             * Format: int32
             * @description What that makes.
             */
            instances: number;
            /** @enum {string} */
            kind: "whole_units";
            /**
             * Format: int32
             * @description The unit.
             */
            unit: number;
            /**
             * Format: int32
             * @description What was wanted.
             */
            wanted: number;
        } | {
            /**
             * Format: int32
             * @description The minimum.
             */
            instances: number;
            /** @enum {string} */
            kind: "minimum";
            /**
             * Format: int32
             * @description What was wanted.
             */
            wanted: number;
        } | {
            /** @description Who allocated them. */
            by: string;
            /**
             * Format: int32
             * @description Instances that were allocated.
             */
            instances: number;
            /** @enum {string} */
            kind: "allocated";
            /**
             * Format: date-time
             * @description Until when.
             */
            until: string;
        } | {
            /**
             * Format: int32
             * @description The maximum.
             */
            instances: number;
            /** @enum {string} */
            kind: "maximum";
            /**
             * Format: int32
             * @description What was wanted.
             */
            wanted: number;
        } | {
            /** @enum {string} */
            kind: "stabilizing";
            /**
             * Format: int32
             * @description Most that was needed within the window.
             */
            needed: number;
            /**
             * Format: int32
             * @description The window in minutes.
             */
            window_minutes: number;
        } | {
            /**
             * Format: int64
             * @description When, in minutes from now.
             */
            in_minutes: number;
            /** @enum {string} */
            kind: "needed_soon";
            /**
             * Format: int32
             * @description Most that is expected to be needed soon.
             */
            needed: number;
        } | {
            /** @enum {string} */
            kind: "event_hold";
            /** @description The event's name. */
            name: string;
        } | {
            /**
             * Format: date-time
             * @description When.
             */
            changed_at: string;
            /**
             * Format: int32
             * @description The wait in minutes.
             */
            cooldown_minutes: number;
            /** @enum {string} */
            kind: "cooldown";
        } | {
            /**
             * Format: double
             * @description The lowest that was expected of it.
             */
            expected: number;
            /**
             * Format: int32
             * @description The wait in minutes.
             */
            hold_minutes: number;
            /** @enum {string} */
            kind: "sudden_drop";
            /**
             * Format: double
             * @description The load measured then.
             */
            load: number;
            /**
             * Format: date-time
             * @description The tick that saw it first.
             */
            since: string;
        } | {
            /** @enum {string} */
            kind: "flap_budget";
            /**
             * Format: int32
             * @description Changes of direction within three hours.
             */
            reversals: number;
            /**
             * Format: int32
             * @description As many as are allowed.
             */
            reversals_max: number;
            /**
             * Format: date-time
             * @description When the oldest of the changes is forgotten.
             */
            until: string;
        } | {
            /** @description Which way. */
            action: components["schemas"]["Action"];
            /** @enum {string} */
            kind: "step_limit";
            /**
             * Format: int32
             * @description The limit.
             */
            limit: number;
            /**
             * Format: int32
             * @description What was wanted.
             */
            wanted: number;
        } | {
            /**
             * Format: date-time
             * @description When it was noticed.
             */
            at: string;
            /**
             * Format: int32
             * @description What we had left.
             */
            expected: number;
            /**
             * Format: int32
             * @description What was found.
             */
            found: number;
            /** @enum {string} */
            kind: "foreign_writer";
            /**
             * Format: date-time
             * @description Until when it is left alone.
             */
            until: string;
        } | {
            /**
             * Format: int32
             * @description Instances that were asked for.
             */
            asked: number;
            /**
             * Format: date-time
             * @description When that change was decided.
             */
            at: string;
            /** @enum {string} */
            kind: "late_size";
            /**
             * Format: int32
             * @description Instances that the cloud tells of.
             */
            told: number;
        } | {
            /**
             * Format: int32
             * @description Requests so far that brought too little.
             */
            attempts: number;
            /**
             * Format: int32
             * @description Instances in service.
             */
            got: number;
            /** @enum {string} */
            kind: "shortage";
            /**
             * Format: date-time
             * @description No larger request before.
             */
            retry_at: string;
            /**
             * Format: int32
             * @description Instances asked for.
             */
            wanted: number;
        } | {
            /**
             * Format: int64
             * @description For how long, in minutes.
             */
            blind_minutes: number;
            /**
             * Format: int32
             * @description How long capacity is held, in minutes.
             */
            hold_minutes: number;
            /**
             * Format: int32
             * @description Where the operator wants capacity to go then; none where it stays.
             */
            instances?: number | null;
            /** @enum {string} */
            kind: "hold_expired";
        } | {
            /**
             * Format: int64
             * @description Age of the newest observation in seconds.
             */
            age_seconds: number;
            /** @enum {string} */
            kind: "stale_metrics";
            /**
             * Format: int64
             * @description The age from which they count as stale.
             */
            limit_seconds: number;
        } | {
            /** @enum {string} */
            kind: "no_metrics";
        } | {
            /** @enum {string} */
            kind: "history_unreadable";
            /** @description What is wrong. */
            problem: string;
        } | {
            /** @enum {string} */
            kind: "calendar_unreadable";
            /** @description What is wrong. */
            problem: string;
        } | {
            /** @enum {string} */
            kind: "future_decision";
            /**
             * Format: date-time
             * @description The tick that it is dated.
             */
            tick: string;
        } | {
            /** @enum {string} */
            kind: "mode_forbids";
            /** @description The mode, as in the configuration. */
            mode: string;
        } | {
            /** @description Who threw it. */
            by: string;
            /** @enum {string} */
            kind: "kill_switch";
            /** @description What it stops. */
            scope: components["schemas"]["Scope"];
            /** @description Why. */
            why: string;
        } | {
            /** @enum {string} */
            kind: "kill_switch_unreadable";
            /** @description What is wrong. */
            problem: string;
        } | {
            /** @enum {string} */
            kind: "awaiting_approval";
            /**
             * Format: date-time
             * @description From then on it is not carried out any more.
             */
            until: string;
        } | {
            /** @enum {string} */
            kind: "approval_expired";
            /**
             * Format: date-time
             * @description Until when there was time.
             */
            until: string;
        } | {
            /** @description Who. */
            by: string;
            /** @enum {string} */
            kind: "approved";
        } | {
            /** @description Who. */
            by: string;
            /** @enum {string} */
            kind: "rejected";
        } | {
            /** @enum {string} */
            kind: "superseded";
            /**
             * Format: date-time
             * @description The tick of the later decision.
             */
            tick: string;
        };
        /** @description What a group should have, and why. */
        Recommendation: {
            /** @description Which way capacity goes. */
            action: components["schemas"]["Action"];
            /**
             * Format: int32
             * @description Instances asked for before.
             */
            before: number;
            /**
             * Format: int32
             * @description Instances to have.
             */
            desired: number;
            /** @description The group. */
            group: string;
            /** @description Whether it was carried out. */
            outcome: components["schemas"]["Outcome"];
            proposal: components["schemas"]["Proposal"] | null;
            /**
             * Format: int32
             * @description Instances that the load ahead takes, before any guard.
             */
            required: number;
            /** @description Why, for people. */
            sentence: string;
            /**
             * Format: date-time
             * @description The tick that says so.
             */
            tick: string;
        };
        /** @description What all groups should have. */
        Recommendations: {
            /**
             * Format: date-time
             * @description The moment that this tells of.
             */
            now: string;
            /** @description One for each group that has a decision, in the order of the configuration. */
            recommendations: components["schemas"]["Recommendation"][];
        };
        /** @description A change that an operator refused, and what goes as far. */
        Refusal: {
            /** @description Which way it went. */
            action: components["schemas"]["Action"];
            /** @description Who refused it. */
            by: string;
            /**
             * Format: int32
             * @description Instances that it asked for.
             */
            desired: number;
            /**
             * Format: date-time
             * @description For how long.
             */
            until: string;
        };
        /** @description The size of a group. */
        Resource: {
            capacity: components["schemas"]["Capacity"] | null;
            /** @description The group. */
            group: string;
            /** @description The mode in force. */
            mode: components["schemas"]["Mode"];
            /**
             * Format: int32
             * @description What the next hour may take; none without a forecast.
             */
            peak_required: number | null;
            /**
             * Format: double
             * @description Price of an instance-hour.
             */
            price_per_hour: number | null;
            /** @description The cloud it is in. */
            provider: string;
            /**
             * Format: double
             * @description Load / instances in service; none where it is not known.
             */
            utilization: number | null;
        };
        /** @description The sizes of all groups. */
        Resources: {
            /**
             * Format: date-time
             * @description The moment that this tells of.
             */
            now: string;
            /** @description In the order of the configuration. */
            resources: components["schemas"]["Resource"][];
        };
        /** @description The quantile of the largest load ahead that capacity must carry. */
        Risk: {
            /**
             * Format: double
             * @description Above 0, at most 1.
             */
            quantile: number;
            /** @description Where it comes from. */
            source: components["schemas"]["RiskSource"];
        };
        /**
         * @description Where a risk level comes from.
         * @enum {string}
         */
        RiskSource: "configured" | "money" | "default";
        /**
         * @description What a caller may do. A later role may all that an earlier one may.
         * @enum {string}
         */
        Role: "viewer" | "operator" | "admin";
        /** @description Today so far, and yesterday. */
        Savings: {
            /** @description The day so far. */
            today: components["schemas"]["DaySavings"];
            yesterday?: components["schemas"]["DaySavings"] | null;
        };
        /** @description What was spent and saved today, over all groups that have a price. */
        SavingsToday: {
            /**
             * Format: double
             * @description What fixed sizes for the highest needs would have cost more; below zero, less.
             */
            against_static_peak: number;
            /**
             * Format: double
             * @description What target tracking would have cost more; below zero, less.
             */
            against_target_tracking: number;
            /**
             * Format: double
             * @description What their instances cost.
             */
            cost: number;
            /** @description How many groups that are. */
            groups: number;
        };
        /**
         * @description What a kill switch stops.
         * @enum {string}
         */
        Scope: "group" | "fleet";
        /** @description Whom the API takes the caller for. */
        Session: {
            /**
             * Format: date-time
             * @description When the token is no longer good; none where there is no token.
             */
            expires_at: string | null;
            /** @description What the caller may do. */
            role: components["schemas"]["Role"];
            /** @description The caller, as every record of a write names it. */
            subject: string;
        };
        /** @description The fleet in figures. */
        Stats: {
            /** @description Groups that someone has to look at. */
            alarm: number;
            /** @description Changes that wait for an operator. */
            awaiting_approval: number;
            /** @description Groups of the configuration. */
            groups: number;
            /**
             * Format: int32
             * @description Instances asked for.
             */
            instances_desired: number;
            /**
             * Format: int32
             * @description Instances that take load.
             */
            instances_in_service: number;
            /**
             * Format: int32
             * @description Instances that the next hour may take, over all groups that have a forecast.
             */
            next_hour_peak_required: number;
            /**
             * Format: date-time
             * @description The moment that this tells of.
             */
            now: string;
            /** @description Groups of which nothing is known to be wrong. */
            ok: number;
            savings_today: components["schemas"]["SavingsToday"] | null;
            /** @description Groups that nothing is written for, by a kill switch. */
            stopped: number;
            /** @description Groups that nothing is known of, or that are off. */
            unknown: number;
            /** @description Groups that are worth a look. */
            watch: number;
            /** @description Groups whose decisions are carried out. */
            writing: number;
        };
        /** @description A kill switch that was thrown. */
        Stop: {
            /**
             * Format: date-time
             * @description Since when.
             */
            at: string;
            /** @description Who threw it. */
            by: string;
            /** @description Why. */
            why: string;
        };
        /** @description A kill switch as it is now. */
        Switch: {
            /** @description Whether this request changed it: a switch that was thrown before stays as it was. */
            changed: boolean;
            stop: components["schemas"]["Stop"] | null;
        };
        /** @description What was taken in. */
        Taken: {
            /** @description Rows that were not there before. */
            rows_added: number;
            /** @description Rows that were there and got a new value. */
            rows_changed: number;
        };
        /** @description What was concluded, and when. */
        Told: {
            /** @description The same for people. */
            sentence: string;
            /**
             * Format: date-time
             * @description The tick at which it was concluded.
             */
            since: string;
        };
        /** @description The group to train. */
        ToTrain: {
            /** @description The group. */
            group: string;
        };
        /** @description A training that an operator asked for. */
        Training: {
            /**
             * Format: date-time
             * @description When.
             */
            asked_at: string;
            /** @description Who. */
            by: string;
            /** @description Whether it is over. */
            done: boolean;
            /** @description What came of it, once it is over. */
            sentence: string | null;
        };
        /**
         * @description What an operator says.
         * @enum {string}
         */
        Verdict: "approved" | "rejected";
        /** @description The calendar of the fleet. */
        WholeCalendar: {
            /** @description Its version, to be sent as `If-Match` with a change; none where there is no calendar yet (`If-None-Match: *`). */
            etag: string | null;
            /** @description The entries, in the order of the file. */
            events: components["schemas"]["CalendarEntry"][];
            /**
             * Format: double
             * @description The legacy flag: a sale of this intensity for as long as the calendar says so.
             */
            is_sale_active?: number;
            /** @description The zone of times without one, by its IANA name. */
            time_zone: string;
        };
        /** @description Why everything shall stop. */
        Why: {
            /** @description Why, for the record. */
            why: string;
        };
        /** @description A size that a group should not go below. */
        Wish: {
            /** @description The group. */
            group: string;
            /**
             * Format: int32
             * @description At least so many instances.
             */
            instances: number;
            /**
             * Format: int32
             * @description For so many minutes from now.
             */
            minutes: number;
            /** @description Why, for the record. */
            why: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
