#include "cmd/follow.h"

#include <algorithm>
#include <map>
#include <ostream>
#include <utility>
#include <vector>

#include "cmd/event_feed.h"
#include "cmd/exit_code.h"
#include "cmd/ids.h"
#include "cmd/render.h"
#include "cmd/show_status.h"
#include "cmd/watch_jobs.h"
#include "shared/text.h"

namespace jobd::cmd {
namespace {

struct Known {
  std::string json;
  Job job;
};

// Where the story goes on. What an event told before the last look at the job is older than that.
bool is_news(const Job& job, const Job& before) {
  if (job.updated_at < before.updated_at) return false;
  return job.status != before.status || job.attempts != before.attempts || job.error != before.error;
}

class Follower {
 public:
  Follower(const Status& status, std::vector<JobId> ids, Context& context)
      : status_(status),
        context_(context),
        ids_(std::move(ids)),
        feed_(context.socket_path, Watch{ids_.size() == 1 ? std::optional(ids_.front()) : std::nullopt, {}},
              context.outside, [&context] { complain_of_loss(context.console); }) {}

  // The watch stands before the jobs are looked at: so nothing is missed.
  int run() {
    if (const auto begun = feed_.begin(); !begun) return complain(context_.console, begun.error());
    for (const JobId& id : ids_) open_.emplace(id, std::nullopt);
    look();
    if (const auto failed = follow_to_the_end()) return *failed;
    tell_stories();
    return code_;
  }

 private:
  // Gives the exit code where it had to stop.
  std::optional<int> follow_to_the_end() {
    const Time start = context_.clock.now();
    while (!open_.empty()) {
      context_.console.out.flush();
      if (!context_.console.out) return kOutput;
      const auto limit = status_.wait ? status_.wait->limit : std::nullopt;
      const auto told = feed_.next(limit ? std::optional(*limit - (context_.clock.now() - start)) : std::nullopt);
      if (!told) return complain(context_.console, told.error());
      if (std::holds_alternative<EventFeed::OutputClosed>(*told)) return kOutput;
      if (std::holds_alternative<EventFeed::Quiet>(*told)) break;
      hear(std::get<EventLine>(*told));
    }
    return std::nullopt;
  }

  void hear(const EventLine& event) {
    if (event.job.empty()) {
      look();
    } else if (const auto job = decode_job(event.job)) {
      take({event.job, *job});
    }
  }

  // At all jobs that have not come to their end.
  void look() {
    std::vector<JobId> ids;
    for (const auto& [id, known] : open_) ids.push_back(id);
    for (const JobId& id : ids) {
      const auto json = context_.session.call(GetJob{id, {}});
      const auto job = understand(json, decode_job);
      if (job) {
        take({*json, *job});
      } else {
        code_ = worse(code_, complain(context_.console, job.error(), id.text()));
        open_.erase(id);
      }
    }
  }

  void take(Known now) {
    const auto found = open_.find(now.job.id);
    if (found == open_.end()) return;
    auto& before = found->second;
    if (before && !is_news(now.job, before->job)) return;
    tell(now);
    before = std::move(now);
    if (!is_settled(before->job.status)) return;
    ended_.insert(open_.extract(found));
  }

  void tell(const Known& known) {
    if (status_.format == Format::json_lines) context_.console.out << printable_json(known.json) << '\n';
    if (status_.format == Format::text) {
      context_.console.out << render_change(known.job, context_.clock.now(), context_.console.out_screen);
    }
  }

  // In the order they were asked for.
  void tell_stories() {
    ended_.merge(open_);
    if (status_.format == Format::text && !ended_.empty()) context_.console.out << '\n';
    Stories stories(status_, context_);
    for (const JobId& id : ids_) {
      const auto found = ended_.find(id);
      if (found == ended_.end()) continue;
      const Known& known = *found->second;
      if (status_.format != Format::json_lines) stories.tell(known.json, known.job);
      code_ = worse(code_, exit_code_awaited(known.job));
    }
    stories.end();
  }

  const Status& status_;
  Context& context_;
  const std::vector<JobId> ids_;
  EventFeed feed_;
  std::map<JobId, std::optional<Known>> open_;
  std::map<JobId, std::optional<Known>> ended_;
  int code_ = kDone;
};

}  // namespace

int follow(const Status& status, Context& context) {
  IdSource source(status.ids, context.console);
  std::vector<JobId> ids = read_all(source);
  if (ids.empty()) return source.code();
  return worse(Follower(status, std::move(ids), context).run(), source.code());
}

}  // namespace jobd::cmd
