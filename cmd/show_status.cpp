#include "cmd/show_status.h"

#include <algorithm>
#include <ostream>
#include <utility>

#include "cmd/exit_code.h"
#include "cmd/follow.h"
#include "cmd/render.h"
#include "shared/text.h"

namespace jobd::cmd {
namespace {

int show_as_it_stands(JobId id, Stories& stories, Context& context) {
  const auto json = context.session.call(GetJob{id, {}});
  const auto job = understand(json, decode_job);
  if (!job) return complain(context.console, job.error(), id.text());
  stories.tell(*json, *job);
  return kDone;
}

int show_at_its_end(JobId id, std::optional<Duration> limit, Stories& stories, Context& context) {
  const auto awaited = await_settled(context.session, context.clock, id, limit);
  if (!awaited) return complain(context.console, awaited.error(), id.text());
  stories.tell(awaited->json, awaited->job);
  context.console.out.flush();  // the next one may take long
  if (awaited->jobd_stops) complain_of_stop(context.console);
  return exit_code_awaited(awaited->job);
}

}  // namespace

int show_status(const Status& status, Context& context) {
  if (status.follow) return follow(status, context);
  IdSource source(status.ids, context.console);
  Stories stories(status, context);
  const Time start = context.clock.now();
  const auto left = [&]() -> std::optional<Duration> {
    if (!status.wait->limit) return std::nullopt;
    return std::max(Duration{}, *status.wait->limit - (context.clock.now() - start));
  };
  int code = kDone;
  while (const auto id = source.next()) {
    code = worse(
        code, status.wait ? show_at_its_end(*id, left(), stories, context) : show_as_it_stands(*id, stories, context));
  }
  stories.end();
  return worse(code, source.code());
}

int show_why(const Why& why, Context& context) {
  IdSource source(why.ids, context.console);
  const bool are_many = why.ids.from_input || why.ids.ids.size() > 1;
  int code = kDone;
  while (const auto id = source.next()) {
    const auto job = understand(context.session.call(GetJob{*id, {}}), decode_job);
    if (job) {
      context.console.out << (are_many ? id->text() + ": " : "") << describe_why(*job, context.clock.now()) << '\n';
    } else {
      code = worse(code, complain(context.console, job.error(), id->text()));
    }
  }
  return worse(code, source.code());
}

Stories::Stories(const Status& status, Context& context)
    : context_(context), format_(status.format), is_list_(status.ids.from_input || status.ids.ids.size() > 1) {}

void Stories::tell(const std::string& json, const Job& job) {
  std::ostream& out = context_.console.out;
  const bool first = !std::exchange(any_, true);
  switch (format_) {
    case Format::text:
      out << (first ? "" : "\n") << render_job(job, context_.clock.now(), context_.console.out_screen);
      return;
    case Format::json_lines: out << printable_json(json) << '\n'; return;
    case Format::json: break;
  }
  if (is_list_) out << (first ? "[" : ",\n");
  out << printable_json(json);
  if (!is_list_) out << '\n';
}

void Stories::end() {
  if (format_ != Format::json || !is_list_) return;
  context_.console.out << (any_ ? "]\n" : "[]\n");
}

}  // namespace jobd::cmd
