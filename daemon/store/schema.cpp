// The schema, and why it is so.
//
// What it has to bear: 100,000 whole lives a second in batches, millions of rows, a kill at any write; a job row costs
// its bytes in the log, and every further index a page for each key that falls elsewhere. So nothing is keyed by what
// comes in random order (a hash, an address), and each table below grows at one end.
//
// job      One row a job, written at submit and at the end of an attempt, never at the claim. Its key seq is the top
//          60 bits of the id (time and counter), so that a submit appends; the other 62 are rnd, compared on reading:
//          an index over the id would say nothing more. Columns are what SQL must see, the rest is in two blobs
//          (record_codec.h). (status, at) is the state and its time: pending since it is due, the others since they are
//          so. A job in flight stays 0 here; its row in flight says that it runs. Status numbers are those of
//          JobStatus.
// content  The message in pieces of at most 256 KB: never changed, gone before the job is (retention) or with it. Some
//          builds of SQLite (Debian's) zero what is deleted, so that dropping 25 MB writes 25 MB of log in one
//          transaction, and the log never shrinks: secure_delete is off. What was dropped lies in free pages until they
//          are used again, in a file that its owner alone reads.
// upload   Whose pieces are on their way before their job; swept at start. Pieces lie in content from the beginning, so
//          that a submit of 25 MB moves nothing. With chunks below zero, so many pieces of a content that nobody wants
//          any more and that are being dropped some at a time.
// queue    One row a waiting part of a job, in the range of its lane from the start: q = lane * 16 + (9 - priority),
//          a range's jobs in the order they are due. So a closed lane is not read, however much waits in it, and
//          nothing is ever moved for its sake. A queue by lane dirties a page for each lane that a batch touches: 20
//          equally busy lanes take up to a fifth off the rate of submits, 1,000 a third (tests/bench/store_bench
//          sqlite:PATH 60000 512 LANES, beside LANES 1). But lanes are as many as the configuration has rules (a
//          route, a domain with limits), not as many as there are domains, and most mail is in the first. Rejected:
//          one ready queue, from which claims move what they meet of a closed lane out of the way: it takes writes to
//          hold a lane, a bound of them a turn, and lanes cannot take turns in it. The last lane is for what must run
//          alone. queue_expiry finds what expires: on queue and not on job, since a job claimed in its own insert
//          then never enters it. Only a job that queues pays for it; on job all would.
// flight   One row an attempt under way: as many as there are slots, so always the same hot pages. The claim is the
//          fence, dot is set before the final dot of a `hold` job. relay is the place among the relays of this life.
// lane     The rules that lanes were configured by, for good: an id is never used for another rule.
// relay    What the relays of this life are called, written at its start: a flight row costs a number, and the next
//          start can tell where an attempt that was interrupted was to go.
// sent     What rates have let out lately, in steps of time; a rate's rows are written anew with results of attempts.
// counter  Jobs by status, so that nobody counts rows; written once a transaction. meta: what is one of a kind.
//
// job_key holds idempotency keys, the key before its scope: version 7 keys of all scopes ascend together and so
// append. job_stopped serves the lists a person asks for first, status > 2 being the stopped ones; completed jobs are
// most of all and pending ones change too often to be worth an index.
//
// Rejected: recipients or attempts as a table (more rows to write, nothing asked of them alone), auto_vacuum (free
// pages are used again anyway), a second file for contents (not atomic with the first in WAL mode), a table of the
// ranges that have rows (a skip scan at start finds them).
#include "daemon/store/schema.h"

#include <array>
#include <string>

#include "shared/job.h"

namespace jobd::store {
namespace {

// "jobd" in ASCII: what file(1) sees of whose database this is.
constexpr std::int64_t kApplicationId = 0x6a6f6264;

static_assert(static_cast<int>(JobStatus::pending) == 0 && static_cast<int>(JobStatus::completed) == 2 &&
              static_cast<int>(JobStatus::failed) == 3 && static_cast<int>(JobStatus::held) == 4 &&
              static_cast<int>(JobStatus::cancelled) == 5);

constexpr const char* kFirst = R"sql(
CREATE TABLE job(
  seq INTEGER PRIMARY KEY, rnd INTEGER NOT NULL,
  status INTEGER NOT NULL, at INTEGER NOT NULL, priority INTEGER NOT NULL, lane INTEGER NOT NULL,
  flags INTEGER NOT NULL, claims INTEGER NOT NULL,
  scope TEXT NOT NULL, idem BLOB, fingerprint BLOB NOT NULL,
  envelope BLOB NOT NULL, progress BLOB NOT NULL);
CREATE UNIQUE INDEX job_key ON job(idem, scope) WHERE idem IS NOT NULL;
CREATE INDEX job_stopped ON job(status) WHERE status IN (3, 4, 5);

CREATE TABLE content(seq INTEGER NOT NULL, chunk INTEGER NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY(seq, chunk)) WITHOUT ROWID;
CREATE TABLE upload(seq INTEGER PRIMARY KEY, rnd INTEGER NOT NULL, chunks INTEGER NOT NULL);

CREATE TABLE queue(q INTEGER NOT NULL, due INTEGER NOT NULL, seq INTEGER NOT NULL, part INTEGER NOT NULL,
  lane INTEGER NOT NULL, expires INTEGER NOT NULL, PRIMARY KEY(q, due, seq, part)) WITHOUT ROWID;
CREATE INDEX queue_expiry ON queue(expires);

CREATE TABLE flight(seq INTEGER NOT NULL, part INTEGER NOT NULL, claim INTEGER NOT NULL, started INTEGER NOT NULL,
  dot INTEGER NOT NULL, PRIMARY KEY(seq, part)) WITHOUT ROWID;

CREATE TABLE counter(k INTEGER PRIMARY KEY, v INTEGER NOT NULL);
INSERT INTO counter VALUES (0, 0), (2, 0), (3, 0), (4, 0), (5, 0);
CREATE TABLE meta(k TEXT PRIMARY KEY, v INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES ('paused', 0);
)sql";

// The first schema had one ready queue, lane 0, beside the ranges of closed lanes.
constexpr const char* kLanes = R"sql(
CREATE TABLE lane(id INTEGER PRIMARY KEY, rule TEXT NOT NULL UNIQUE);
INSERT INTO lane VALUES (1, 'default');
UPDATE queue SET q = lane * 16 + q WHERE q < 16;
)sql";

// Rows in flight of before do not know their relay.
constexpr const char* kRelays = R"sql(
ALTER TABLE flight ADD COLUMN relay INTEGER;
CREATE TABLE relay(id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE sent(whose TEXT NOT NULL, per INTEGER NOT NULL, at INTEGER NOT NULL, recipients INTEGER NOT NULL,
  PRIMARY KEY(whose, per, at)) WITHOUT ROWID;
)sql";

// SQLite makes a table of its own of each list behind an IN, for every row that it writes: twice the work of an insert.
constexpr const char* kStopped = R"sql(
DROP INDEX job_stopped;
CREATE INDEX job_stopped ON job(status) WHERE status > 2;
)sql";

// A migration that a release has carried is never changed: the next one changes what it made.
constexpr std::array<const char*, 4> kMigrations = {kFirst, kLanes, kRelays, kStopped};
constexpr auto kVersion = static_cast<std::int64_t>(kMigrations.size());

}  // namespace

Result<Done> check_schema(Database& database) {
  const std::int64_t version = database.integer("PRAGMA user_version");
  const std::int64_t owner = database.integer("PRAGMA application_id");
  if (owner == 0 && version == 0 && database.integer("SELECT count(*) FROM sqlite_schema") == 0) return Done{};
  if (owner != kApplicationId) {
    return Error{Code::internal, "the store's file is another program's database: give jobd a file of its own"};
  }
  if (version > kVersion) {
    return Error{Code::internal, "the store was written by a newer jobd (schema " + std::to_string(version) +
                                     ", this one knows " + std::to_string(kVersion) + "): start that version again"};
  }
  return Done{};
}

void migrate(Database& database) {
  const std::int64_t version = database.integer("PRAGMA user_version");
  if (version == kVersion) return;
  database.begin();
  for (auto next = static_cast<std::size_t>(version); next < kMigrations.size(); ++next) {
    database.execute(kMigrations[next]);
  }
  database.execute("PRAGMA application_id = " + std::to_string(kApplicationId));
  database.execute("PRAGMA user_version = " + std::to_string(kVersion));
  database.commit();
}

}  // namespace jobd::store
