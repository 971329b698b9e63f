#include "cmd/list_jobs.h"

#include <ostream>
#include <utility>

#include "cmd/exit_code.h"
#include "cmd/pages.h"
#include "cmd/render.h"
#include "cmd/watch_list.h"
#include "shared/text.h"

namespace jobd::cmd {
namespace {

// Prints the jobs of one page after the other.
class Listing {
 public:
  Listing(Format format, Console& console) : format_(format), console_(console) {}

  void take(const std::vector<Job>& jobs) {
    const bool first = !jobs.empty() && !std::exchange(any_, any_ || !jobs.empty());
    if (format_ == Format::text) {
      const bool is_read_by_a_person = console_.out_screen.terminal >= 0;
      if (first && is_read_by_a_person) console_.out << render_table_head(console_.out_screen);
      console_.out << render_table(jobs, console_.out_screen);
      return;
    }
    std::string_view before = first ? kBegin : kBetween;
    for (const Job& job : jobs) {
      if (format_ == Format::json) console_.out << std::exchange(before, kBetween);
      console_.out << printable_json(encode_job(job));
      if (format_ == Format::json_lines) console_.out << '\n';
    }
  }

  void end() {
    if (format_ == Format::json) console_.out << (any_ ? "" : kBegin) << "]}\n";
    if (format_ == Format::text && !any_) complain(console_, "no such jobs");
  }

 private:
  static constexpr std::string_view kBegin = R"({"jobs":[)";
  static constexpr std::string_view kBetween = ",\n";

  const Format format_;
  Console& console_;
  bool any_ = false;
};

}  // namespace

int list_jobs(const List& list, Context& context) {
  if (list.watch) return watch_list(list, context);
  Listing listing(list.format, context.console);
  const auto listed = each_page(context.session, list.filter, list.limit,
                                [&listing](const std::vector<Job>& jobs) { listing.take(jobs); });
  if (!listed) return complain(context.console, listed.error());  // half a JSON text stays one: nobody takes it for all
  listing.end();
  return kDone;
}

}  // namespace jobd::cmd
