export { now, property } from "./environment";
export { Headers, request, response } from "./headers";
export { Json, JsonType, parseJson } from "./json";
export { respond } from "./local-response";
export { log, LogLevel } from "./log";
export { Action, Exchange, Plugin, register } from "./plugin";
