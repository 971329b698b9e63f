#include "shared/operations.h"

#include <algorithm>
#include <array>
#include <type_traits>

namespace jobd {
namespace {

template <typename T, typename Variant>
struct IndexIn;
template <typename T, typename... Ts>
struct IndexIn<T, std::variant<Ts...>> {
  static constexpr std::size_t value = [] {
    std::size_t index = 0;
    (void)((std::is_same_v<T, Ts> || (++index, false)) || ...);
    return index;
  }();
};

template <typename Req>
constexpr Operation operation(std::string_view name, std::string_view summary, std::string_view method,
                              std::string_view path, Role role) {
  return {name, summary, method, path, role, IndexIn<Req, Request>::value};
}

constexpr std::array kOperations{
    operation<SubmitEmail>("submit_email", "Take one email and answer when it is safe on disk", "POST", "/jobs/email",
                           Role::submit),
    operation<SubmitEmails>("submit_emails", "Take many emails in one transaction", "POST", "/jobs/email/batch",
                            Role::submit),
    operation<GetJob>("get_job", "Tell what became of a job, now or at its end", "GET", "/jobs/{id}", Role::read),
    operation<ListJobs>("list_jobs", "List jobs, newest first", "GET", "/jobs", Role::read),
    operation<CancelJob>("cancel_job", "Cancel a job that is pending or held", "POST", "/jobs/{id}/cancel",
                         Role::submit),
    operation<RetryJob>("retry_job", "Send a pending job now, or a failed, held or cancelled one again", "POST",
                        "/jobs/{id}/retry", Role::submit),
    operation<CancelJobs>("cancel_jobs", "Cancel all pending and held jobs that a filter finds", "POST", "/jobs/cancel",
                          Role::admin),
    operation<RetryJobs>("retry_jobs", "Retry all jobs that a filter finds", "POST", "/jobs/retry", Role::admin),
    operation<DeleteJob>("delete_job", "Forget an ended job, content and all", "DELETE", "/jobs/{id}", Role::admin),
    operation<Watch>("watch", "Tell each change of a job as it happens", "GET", "/events", Role::read),
    operation<Unwatch>("unwatch", "End a watch of this connection", "", "", Role::none),
    operation<GetStats>("stats", "Tell counts, rates, limits, version and relays", "GET", "/stats", Role::read),
    operation<Pause>("pause", "Start no attempt until resume, restarts included", "POST", "/queue/pause", Role::admin),
    operation<Resume>("resume", "Start attempts again", "POST", "/queue/resume", Role::admin),
    operation<Ping>("ping", "Answer that jobd is alive", "GET", "/healthz", Role::none),
    operation<GetReady>("ready", "Tell whether jobs are taken, and why not", "GET", "/readyz", Role::none),
    operation<ProbeRelay>("probe_relay", "Talk to a relay up to a recipient, and send nothing", "POST", "/relays/probe",
                          Role::admin),
};

constexpr bool row_per_request() {
  if (kOperations.size() != std::variant_size_v<Request>) return false;
  for (std::size_t i = 0; i < kOperations.size(); ++i) {
    if (kOperations[i].request_index != i) return false;
  }
  return true;
}
static_assert(row_per_request());

}  // namespace

std::span<const Operation> operations() {
  return kOperations;
}

const Operation* find_operation(std::string_view name) {
  const auto* found = std::ranges::find(kOperations, name, &Operation::name);
  return found == kOperations.end() ? nullptr : found;
}

const Operation& operation_of(const Request& request) {
  return kOperations[request.index()];
}

int status_of(const Response& response) {
  const auto* submitted = std::get_if<Submitted>(&response);
  if (std::holds_alternative<Deleted>(response)) return 204;
  return submitted != nullptr && !submitted->repeated ? 202 : 200;
}

}  // namespace jobd
