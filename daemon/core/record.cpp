#include "daemon/core/record.h"

#include <array>

namespace jobd {

JobStatus status_of(const State& state) {
  static constexpr std::array kByIndex{JobStatus::pending, JobStatus::processing, JobStatus::completed,
                                       JobStatus::failed,  JobStatus::held,       JobStatus::cancelled};
  static_assert(kByIndex.size() == std::variant_size_v<State>);
  return kByIndex[state.index()];
}

Time time_of(const State& state) {
  struct Reader {
    Time operator()(const Pending& s) const { return s.due; }
    Time operator()(const Processing& s) const { return s.started; }
    Time operator()(const Completed& s) const { return s.at; }
    Time operator()(const Failed& s) const { return s.at; }
    Time operator()(const Held& s) const { return s.since; }
    Time operator()(const Cancelled& s) const { return s.at; }
  };
  return std::visit(Reader{}, state);
}

std::uint32_t Record::next_part() const {
  std::optional<std::uint32_t> next;
  for (std::uint32_t part = 0; part < parts.size(); ++part) {
    if (is_pending(part) && (!next || time_of(parts[part].state) < time_of(parts[*next].state))) next = part;
  }
  return next.value_or(0);
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
  for (const Part& part : record.parts) bytes += sizeof(Part) + part.recipients.size() * sizeof(std::uint32_t);
  return bytes;
}

}  // namespace jobd
