import { inertText } from "@qsc/contract";
import { quote } from "./environment/render.js";

/** A text in a unit file must not contain a character that ends its line. */
const REFUSED = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;

/** What is wrong with a command for a unit file, as the end of a sentence; null if it is fine. */
export function problemOfCommand(command: readonly string[]): string | null {
  const [program] = command;
  if (program?.startsWith("/") !== true) return `its program '${inertText(program ?? "")}' is not an absolute path`;
  const hostile = command.find((word) => REFUSED.test(word));
  return hostile === undefined ? null : `its argument '${inertText(hostile)}' has a control character`;
}

/** A command line for `ExecStart=`: every word quoted, with neither specifiers nor variables expanded. */
export function renderCommand(command: readonly string[]): string {
  return command.map((word) => quote(word).replaceAll("$", "$$$$")).join(" ");
}

/** A text for `Description=`: one line, in which nothing is expanded. */
export function renderDescription(description: string): string {
  return inertText(description).replaceAll("\\", "/").replaceAll("%", "%%");
}

/** Which user a confined service runs as, and what it may change. */
export interface Confinement {
  /** An unprivileged user; or `root`, with just the privileges needed to change these directories and control units. */
  readonly user: string;
  /** Directories, absolute; everything else is read-only. */
  readonly writable: readonly string[];
}

/** What is wrong with a path for a unit file, as the end of a sentence; null if it is fine. */
export function problemOfPath(path: string): string | null {
  if (!path.startsWith("/")) return `'${inertText(path)}' is not an absolute path`;
  return REFUSED.test(path) ? `the path '${inertText(path)}' has a control character` : null;
}

/** What is wrong with a confinement, as the end of a sentence; null if it is fine. */
export function problemOfConfinement({ user, writable }: Confinement): string | null {
  if (!/^[a-z_][a-z0-9_-]{0,31}$/i.test(user)) return `'${inertText(user)}' is not a user name`;
  return writable.map(problemOfPath).find((problem) => problem !== null) ?? null;
}

/**
 * The capabilities that root keeps: to be trusted by systemd, to change another user's directory, and to read another
 * user's environment.
 */
const ROOT = ["CapabilityBoundingSet=CAP_SYS_ADMIN CAP_DAC_OVERRIDE CAP_SYS_PTRACE", "RestrictAddressFamilies=AF_UNIX"];

/** What neither a service that acts nor one that reads needs: first of all to write anywhere. */
const STRICT = ["UMask=0027", "AmbientCapabilities=", "NoNewPrivileges=yes", "ProtectSystem=strict"];
const CONFINED = [
  "ProtectHome=read-only",
  "PrivateDevices=yes",
  "ProtectHostname=yes",
  "ProtectClock=yes",
  "ProtectKernelTunables=yes",
  "ProtectKernelModules=yes",
  "ProtectKernelLogs=yes",
  "ProtectControlGroups=yes",
  "RestrictNamespaces=yes",
  "RestrictRealtime=yes",
  "RestrictSUIDSGID=yes",
  "LockPersonality=yes",
  "RemoveIPC=yes",
  "SystemCallArchitectures=native",
  "SystemCallFilter=@system-service",
  "SystemCallFilter=~@privileged @resources",
  "SystemCallErrorNumber=EPERM",
];

function unprivileged(user: string): readonly string[] {
  return [
    `User=${user}`,
    // Without it, a user cannot see another user's journal lines.
    "SupplementaryGroups=systemd-journal",
    "CapabilityBoundingSet=",
    // ProtectProc= would hide leftover processes of the engine's unit, and each proof looks for them.
    "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
  ];
}

/**
 * The `[Service]` lines that confine a Node service which talks to systemd over D-Bus and reads a stream over the
 * network: `systemd-analyze security` scores it 1.9. V8 compiles at run time, so memory stays executable; the host's
 * boot ID is read from /proc.
 */
export function confinementLines({ user, writable }: Confinement): readonly string[] {
  return [
    ...(user === "root" ? ROOT : unprivileged(user)),
    ...STRICT,
    // A missing directory must not prevent the start.
    ...writable.map((path) => `ReadWritePaths=${quote(`-${path}`)}`),
    ...CONFINED,
  ];
}

/**
 * The `[Service]` lines that confine a Node service which only reads: it runs as a user of its own, who exists as long
 * as the service does, owns nothing, and is in one group more. It may ask systemd over D-Bus, and use the network.
 */
export function readerLines(group: string): readonly string[] {
  return [
    "DynamicUser=yes",
    `SupplementaryGroups=${group}`,
    "CapabilityBoundingSet=",
    "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
    ...STRICT,
    ...CONFINED,
    "ProtectProc=invisible",
    "MemoryMax=512M",
  ];
}
