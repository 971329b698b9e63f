// status and why: the stories of jobs, or a sentence for each, one after the other as their ids come. Each gives the
// exit code.
#pragma once

#include <string>

#include "cmd/context.h"
#include "cmd/ids.h"
#include "cmd/invocation.h"

namespace jobd::cmd {

// A wait's limit is for all jobs together.
int show_status(const Status& status, Context& context);
int show_why(const Why& why, Context& context);

// Writes jobs in the format of a status: stories with a blank line between; a JSON text a line; one JSON text, which is
// the job where a single one was asked for and else a list.
class Stories {
 public:
  Stories(const Status& status, Context& context);

  void tell(const std::string& json, const Job& job);
  // Once, after the last.
  void end();

 private:
  Context& context_;
  const Format format_;
  const bool is_list_;
  bool any_ = false;
};

}  // namespace jobd::cmd
