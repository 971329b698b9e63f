// The subcommands that ask about jobs and change them.
#include <memory>
#include <utility>

#include "cmd/definitions.h"
#include "cmd/exit_code.h"
#include "shared/names.h"

namespace jobd::cmd {
namespace {

void define_ids(Options& options, Ids& ids, const std::string& help) {
  options.many("id", kIdValue, help + "; - for those on standard input, one a line", [&ids](const Given& given) {
    if (given.text == "-") {
      ids.from_input = true;
    } else {
      ids.ids.push_back(to_id(given));
    }
  });
}

bool names_some(const Ids& ids) {
  return !ids.ids.empty() || ids.from_input;
}

// To look at: where none are named, a script's come from standard input.
Ids to_look_at(Ids& ids, const Surroundings& around) {
  if (!names_some(ids) && around.in_is_terminal) throw Unusable(kUsage, "no job is named; give its id");
  ids.from_input = ids.from_input || ids.ids.empty();
  return std::move(ids);
}

// To change: a variable that is empty must not make it eat, and obey, what a script's loop reads.
Ids to_change(Ids& ids, const std::string& ways) {
  if (!names_some(ids)) throw Unusable(kUsage, "no job is named; give " + ways);
  return std::move(ids);
}

void define_filter(Options& options, JobFilter& filter, Time now) {
  const auto states = every_name<JobStatus>();
  options.word("--status", "STATUS", {states.begin(), states.end()}, "jobs that are ",
               [&filter](std::size_t word) { filter.status = static_cast<JobStatus>(word); });
  options.one("--tag", {"TAG"}, "jobs with this tag", [&filter](const Given& given) { filter.tag = to_words(given); });
  options.one("--recipient", {"ADDRESS"}, "jobs to this address",
              [&filter](const Given& given) { filter.recipient = to_words(given); });
  options.one("--since", {"WHEN"}, "jobs made since then: a time (RFC 3339) or a duration back from now (2h)",
              [&filter, now](const Given& given) { filter.since = to_past(given, now); });
  options.one("--until", {"WHEN"}, "jobs made before then",
              [&filter, now](const Given& given) { filter.until = to_past(given, now); });
}

bool asks_for_something(const JobFilter& filter) {
  return filter.status || !filter.tag.empty() || !filter.recipient.empty() || filter.since || filter.until;
}

// Jobs by id or by what they are, for a subcommand that changes them.
struct Chosen {
  Ids ids;
  Filtered filtered;
  bool yes = false;
};

void define_chosen(Options& options, Chosen& chosen, const std::string& ids_help, Time now) {
  define_ids(options, chosen.ids, ids_help);
  define_filter(options, chosen.filtered.filter, now);
  options.one("--limit", {"N"}, "at most so many, the newest",
              [&chosen](const Given& given) { chosen.filtered.limit = to_count(given); });
  options.flag("--yes", chosen.yes, "do not ask, however many they are");
}

Which which_of(Chosen& chosen) {
  const bool has_filter = asks_for_something(chosen.filtered.filter);
  if (has_filter && names_some(chosen.ids))
    throw Unusable(kUsage, "ids and a filter exclude each other: give one of them");
  if (chosen.filtered.limit && !has_filter) {
    throw Unusable(kUsage, "--limit needs a filter beside it, such as --status failed or --since 2h");
  }
  if (has_filter) return std::move(chosen.filtered);
  return to_change(chosen.ids, "ids, - for standard input, or a filter such as --status failed");
}

}  // namespace

Finish define_status(Options& options, const Surroundings& around) {
  auto draft = std::make_shared<Status>();
  define_ids(options, draft->ids, "ids of jobs");
  options.wait(draft->wait, "wait for the end of each, so long at most for all together");
  options.flag("--follow", draft->follow, "tell each change, until the end");
  options.json(draft->format, "the job as one line of JSON, several as one list");
  options.json_lines(draft->format, "each job as one line of JSON");
  options.exclude({"--follow", "--json"});
  return [draft, around]() -> Command {
    draft->ids = to_look_at(draft->ids, around);
    return std::move(*draft);
  };
}

Finish define_why(Options& options, const Surroundings& around) {
  auto draft = std::make_shared<Why>();
  define_ids(options, draft->ids, "ids of jobs");
  return [draft, around]() -> Command { return Why{to_look_at(draft->ids, around)}; };
}

Finish define_list(Options& options, const Surroundings& around) {
  auto draft = std::make_shared<List>();
  define_filter(options, draft->filter, around.now);
  options.one("--limit", {"N"}, "at most so many, the newest; 50 if not given",
              [&list = *draft](const Given& given) { list.limit = to_count(given); });
  options.flag("--watch", draft->watch, "keep the table up to date until interrupted");
  options.json(draft->format, "one JSON object with the list of jobs");
  options.json_lines(draft->format, "each job as one line of JSON");
  options.exclude_from("--watch", {"--json", "--json-lines"});
  return [draft]() -> Command { return std::move(*draft); };
}

Finish define_cancel(Options& options, const Surroundings& around) {
  auto draft = std::make_shared<Chosen>();
  define_chosen(options, *draft, "ids of jobs to cancel", around.now);
  return [draft]() -> Command { return CancelMany{which_of(*draft), draft->yes}; };
}

Finish define_retry(Options& options, const Surroundings& around) {
  struct Draft {
    Chosen chosen;
    std::optional<Duration> ttl;
  };
  auto draft = std::make_shared<Draft>();
  define_chosen(options, draft->chosen, "ids of jobs to send now or again", around.now);
  options.one("--ttl", {"DURATION"}, "a new time to live, from now",
              [&ttl = draft->ttl](const Given& given) { ttl = to_duration(given); });
  return [draft]() -> Command { return RetryMany{which_of(draft->chosen), draft->ttl, draft->chosen.yes}; };
}

Finish define_delete(Options& options, const Surroundings& /*around*/) {
  auto draft = std::make_shared<DeleteMany>();
  define_ids(options, draft->ids, "ids of ended jobs");
  options.flag("--yes", draft->yes, "do not ask, however many they are");
  return [draft]() -> Command {
    draft->ids = to_change(draft->ids, "ids, or - for standard input");
    return std::move(*draft);
  };
}

Finish define_watch(Options& options, const Surroundings& /*around*/) {
  auto draft = std::make_shared<WatchJobs>();
  options.one("id", kIdValue, "only this job", [&watch = *draft](const Given& given) { watch.job = to_id(given); });
  options.one("--after", {"SEQ"}, "first the events after this one, by the number that --json-lines tells",
              [&watch = *draft](const Given& given) { watch.after = to_sequence(given); });
  options.json_lines(draft->format, "each event as one line of JSON");
  return [draft]() -> Command { return *draft; };
}

}  // namespace jobd::cmd
