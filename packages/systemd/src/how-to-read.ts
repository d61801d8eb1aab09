/** What a user who may not read the journal needs, as the end of a sentence. */
export const HOW_TO_READ = "let it join the group systemd-journal, or ask as root";
