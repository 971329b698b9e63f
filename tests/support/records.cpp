#include "tests/support/records.h"

#include "tests/support/fakes.h"

namespace jobd::testing {

Record a_record(Time now, std::vector<std::string> recipients) {
  static JobIdMaker ids;
  static FakeRandom random;
  Record record;
  record.id = ids.next(now, random.bits());
  record.created_at = record.updated_at = now;
  record.scope = "uid:1000";
  record.from = record.envelope_from = "app@example.com";
  record.subject = "Hello";
  record.state = Pending{now};
  record.expires_at = now + std::chrono::hours(72);
  for (std::string& address : recipients) {
    Recipient recipient;
    recipient.address = std::move(address);
    record.recipients.push_back(std::move(recipient));
  }
  return record;
}

}  // namespace jobd::testing
