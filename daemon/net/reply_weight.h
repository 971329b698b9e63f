// What the reply to a request may weigh, as far as the request tells, and what must be looked at for it: so that one
// client's lists and contents do not keep the store from the others.
#pragma once

#include <algorithm>
#include <cstddef>
#include <variant>

#include "daemon/core/list_cost.h"
#include "shared/limits.h"
#include "shared/requests.h"

namespace jobd {

// content_bytes: of one email at most.
inline std::size_t reply_weight(const Request& request, std::size_t content_bytes) {
  if (const auto* batch = std::get_if<SubmitEmails>(&request)) return limits::kJobBytes * (batch->emails.size() + 1);
  if (const auto* list = std::get_if<ListJobs>(&request)) {
    return std::max(limits::kJobBytes * (list->limit + 1), list_cost(list->filter, list->limit));
  }
  if (const auto* cancel = std::get_if<CancelJobs>(&request)) return list_cost(cancel->filter, limits::kBulkChangeJobs);
  if (const auto* retry = std::get_if<RetryJobs>(&request)) return list_cost(retry->filter, limits::kBulkChangeJobs);
  const auto* get = std::get_if<GetJob>(&request);
  const bool with_content = get != nullptr && get->include_content;
  return limits::kJobBytes + (with_content ? content_bytes / 3 * 4 : 0);
}

// Whether it is a content that is long: some milliseconds a megabyte.
inline bool takes_long_to_write(const Result<Response>& response) {
  const Job* job = response ? std::get_if<Job>(&*response) : nullptr;
  return job != nullptr && job->content && content_bytes(*job->content) > limits::kLongRequestBytes;
}

// Whether it is done in several turns of the store: whoever asks for it is heard again when it is done, so that a
// connection's reads see its earlier writes.
inline bool takes_several_turns(const Request& request) {
  return std::holds_alternative<CancelJobs>(request) || std::holds_alternative<RetryJobs>(request);
}

}  // namespace jobd
