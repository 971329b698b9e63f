// What the reply to a request may weigh, as far as the request tells: so that one client's lists and contents do not
// keep the store from the others.
#pragma once

#include <cstddef>
#include <variant>

#include "shared/limits.h"
#include "shared/requests.h"

namespace jobd {

// content_bytes: of one email at most.
inline std::size_t reply_weight(const Request& request, std::size_t content_bytes) {
  if (const auto* batch = std::get_if<SubmitEmails>(&request)) return limits::kJobBytes * (batch->emails.size() + 1);
  if (const auto* list = std::get_if<ListJobs>(&request)) return limits::kJobBytes * (list->limit + 1);
  const auto* get = std::get_if<GetJob>(&request);
  const bool with_content = get != nullptr && get->include_content;
  return limits::kJobBytes + (with_content ? content_bytes / 3 * 4 : 0);
}

}  // namespace jobd
