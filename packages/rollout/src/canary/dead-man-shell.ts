import { LEASE_FILE_SECONDS, LONGEST_STOP_SECONDS } from "../operation/bounds.js";

/**
 * A line of a shell script that gives the output of a command that may touch the lease's disk. The command is not waited
 * for, not even to be killed: in an uninterruptible sleep it holds no more than its end of the pipe. The line fails if
 * the output has not ended in time.
 * @param reader passes the output on, and touches no disk
 */
export function answerOf(command: string, reader: string): string {
  return `{ timeout -s KILL ${LEASE_FILE_SECONDS + 1} ${command} & } | timeout ${LEASE_FILE_SECONDS} ${reader}`;
}

/**
 * Lines of a shell script that end everything that runs in "$unit", and set `left` if that may have failed. A kill is
 * also refused if nothing is left: then the unit has no control group.
 * @param bounded a call of `$systemctl` that ends in time
 */
export function endsProcesses(bounded: string): readonly string[] {
  return [
    "left=",
    `timeout -s KILL ${LONGEST_STOP_SECONDS} $systemctl stop "$unit"`,
    `${bounded} kill --signal=SIGKILL "$unit" 2>/dev/null || [ "$(${bounded} show --property=ControlGroup "$unit")" = ControlGroup= ] || left=yes`,
    '[ -z "$left" ] || echo "What is left of $unit could not be killed."',
  ];
}
