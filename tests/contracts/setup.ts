import { afterAll, beforeEach } from "vitest";
import { leaveReport, nameCurrentTest } from "./chain";

beforeEach(nameCurrentTest);
afterAll(leaveReport);
