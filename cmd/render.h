// What a person sees: pure functions from what jobd told, the time and the screen to text. All foreign text in it has
// been through printable (shared/text). Times are told in UTC and as the distance from now. Colours stand only where
// the screen has them: completed green, failed red, held and what is in doubt yellow, times dim.
#pragma once

#include <span>
#include <string>

#include "cmd/console.h"
#include "shared/requests.h"

namespace jobd::cmd {

// The state in a few words and why it is so: "failed: the server refused it for good".
std::string describe_state(const Job& job, Time now);

// The error that stands behind a state, with the server's codes; empty where there is none.
std::string describe_error(const Job& job);

// Why the job is as it is and what would change it: a sentence or two, without a line end.
std::string describe_why(const Job& job, Time now);

// The whole story of a job, several lines.
std::string render_job(const Job& job, Time now, const Screen& screen = {});

// A table of jobs, a line each: id, state, created, to, subject. Its columns are as wide in every page. On a terminal
// no line is wider than it: recipient and subject are cut first, then the time is shortened, then columns are left out,
// the subject and the recipient from the right; last of all the state is cut and left out, and the id is cut.
std::string render_table_head(const Screen& screen = {});
std::string render_table(std::span<const Job> jobs, const Screen& screen = {});

// A job that has just changed, a line: when, id, state, to, why. On a terminal no line is wider than it.
std::string render_change(const Job& job, Time now, const Screen& screen = {});

// The steps of a probe in their order, then what went wrong, then, where asked for, what either side said.
std::string render_probe(const ProbeReport& report, bool transcript, const Screen& screen = {});

std::string render_stats(const Stats& stats, Time now, const Screen& screen = {});

// A relay in a few lines, then the routes and the domains, a line each. On a terminal no line is wider than it, as long
// as its words are not.
std::string render_relays(const Stats& stats, Time now, const Screen& screen = {});
// The relays, routes and domains of a stats reply alone. Precondition: decode_stats took it.
std::string relays_json(const std::string& stats_json);

}  // namespace jobd::cmd
