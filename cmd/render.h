// What a person sees: pure functions from what jobd told and the time to text. All foreign text in it has
// been through printable (shared/text). Times are told in UTC and as the distance from now.
#pragma once

#include <span>
#include <string>

#include "shared/requests.h"

namespace jobd::cmd {

// The whole story of a job, several lines.
std::string render_job(const Job& job, Time now);

// The state in a few words and why it is so: "failed: the server refused it for good".
std::string describe_state(const Job& job, Time now);

// The error that stands behind a state, with the server's codes; empty where there is none.
std::string describe_error(const Job& job);

// A table of jobs, a line each: id, state, created, to, subject. Its columns are as wide in every page.
std::string render_table_head();
std::string render_table(std::span<const Job> jobs);

std::string render_stats(const Stats& stats, Time now);

}  // namespace jobd::cmd
