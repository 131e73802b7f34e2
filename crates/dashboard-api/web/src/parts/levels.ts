/** How each level of health is drawn. */

import type { Level } from "../safety";
import type { IconName } from "./Icon";

export const LEVEL_ICON: Record<Level, IconName> = { alarm: "bad", watch: "warning", unknown: "unknown", ok: "ok" };
