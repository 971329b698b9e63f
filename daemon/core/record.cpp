#include "daemon/core/record.h"

#include <array>

namespace jobd {

JobStatus status_of(const State& state) {
  static constexpr std::array kByIndex{JobStatus::pending, JobStatus::processing, JobStatus::completed,
                                       JobStatus::failed,  JobStatus::held,       JobStatus::cancelled};
  static_assert(kByIndex.size() == std::variant_size_v<State>);
  return kByIndex[state.index()];
}

std::size_t memory_bytes(const Record& record) {
  std::size_t bytes = sizeof(Record) + record.scope.size() + record.from.size() + record.envelope_from.size() +
                      record.subject.size() + record.traceparent.size();
  for (const std::string& tag : record.tags) bytes += sizeof(std::string) + tag.size();
  for (const auto& [key, value] : record.metadata) bytes += 2 * sizeof(std::string) + key.size() + value.size();
  for (const Recipient& recipient : record.recipients) {
    bytes += sizeof(Recipient) + recipient.address.size() + recipient.reply.size();
  }
  for (const HistoryEntry& entry : record.history)
    bytes += sizeof(HistoryEntry) + entry.relay.size() + entry.error.size();
  return bytes;
}

}  // namespace jobd
