// Every limit of the program, with its unit and its reason. Crossing one is a defined error, never a
// stall. Those that an administrator may move are the defaults of the configuration's [limits].
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace jobd::limits {

// One request line: a message of kContentBytes in base64 (4/3) with room for its other fields.
inline constexpr std::size_t kLineBytes = 36UL << 20;
// The content of one email after decoding: what large providers take (Gmail 25 MB, SES 40 MB).
inline constexpr std::size_t kContentBytes = 25UL << 20;
// Recipients of one job: Postfix's smtpd_recipient_limit.
inline constexpr std::size_t kRecipients = 1000;
// Values of a request's JSON: the largest batch has a third of them. A tree takes 16 bytes and more for each.
inline constexpr std::size_t kJsonValues = 2'000'000;
// Nesting of a request's JSON: nothing we take is deeper than 4; this stops a depth bomb early.
inline constexpr std::size_t kJsonDepth = 32;
// Emails in one submit_emails, which is one transaction.
inline constexpr std::size_t kBatchItems = 4096;

// RFC 5321 4.5.3.1: local part 64, path 256 with its brackets.
inline constexpr std::size_t kLocalPartBytes = 64;
inline constexpr std::size_t kAddressBytes = 254;
// RFC 5322 2.1.1: a header line, folded or not, must stay under 998; a subject longer than this is a mistake.
inline constexpr std::size_t kHeaderBytes = 998;
// Of a header given by the submitter, before folding; References grows long. A word in it must fit one line.
inline constexpr std::size_t kHeaderValueBytes = 4096;
inline constexpr std::size_t kHeaderWordBytes = 900;
inline constexpr std::size_t kHeaders = 100;
inline constexpr std::size_t kAttachments = 100;
inline constexpr std::size_t kTags = 20;
inline constexpr std::size_t kTagBytes = 64;
inline constexpr std::size_t kMetadataKeys = 50;
inline constexpr std::size_t kMetadataKeyBytes = 64;
inline constexpr std::size_t kMetadataValueBytes = 1024;
inline constexpr std::size_t kIdempotencyKeyBytes = 255;
inline constexpr int kMaxAttempts = 100;
inline constexpr int kPriorityMax = 9;
inline constexpr int kPriorityDefault = 5;
inline constexpr std::size_t kReplyToAddresses = 10;
inline constexpr std::size_t kFilenameBytes = 255;  // as file systems have it
inline constexpr std::size_t kContentTypeBytes = 255;
// A template's name; its file is called after it.
inline constexpr std::size_t kTemplateNameBytes = 64;
// One file of a template with all that it includes, and how deep that may go.
inline constexpr std::size_t kTemplateBytes = 1UL << 20;
inline constexpr std::size_t kTemplateDepth = 8;
// Sections in sections: what renders them goes as deep.
inline constexpr std::size_t kTemplateSections = 32;
// The variables of a template as compact JSON: the items of a long invoice.
inline constexpr std::size_t kVariablesBytes = 256UL << 10;
inline constexpr std::size_t kContentIdBytes = 255;
inline constexpr std::size_t kHeaderNameBytes = 76;
inline constexpr std::size_t kCursorBytes = 64;
// The largest integer that every reader of JSON keeps exactly (RFC 8259 section 6).
inline constexpr std::int64_t kJsonIntegerMax = (1LL << 53) - 1;
// A request's id, echoed in its reply.
inline constexpr std::size_t kRequestIdBytes = 256;
// What an error tells of what it is about.
inline constexpr std::size_t kErrorMessageBytes = 1024;
inline constexpr std::size_t kErrorFieldBytes = 256;
// Recipients of all emails of one batch: its reply names each of them.
inline constexpr std::size_t kBatchRecipients = 50'000;
// A time-to-live or a delay: longer than any retention, short enough that sums of times never overflow.
inline constexpr std::chrono::hours kHorizon{24 * 366};
inline constexpr std::chrono::seconds kWaitMax{60};
// What a probe of a relay may take: who asks sits and waits. Probes at once; lines of a transcript, and bytes of each.
inline constexpr std::chrono::seconds kProbeTime{60};
inline constexpr std::size_t kProbes = 8;
inline constexpr std::size_t kRelayNameBytes = 64;
inline constexpr std::size_t kTranscriptLines = 200;
inline constexpr std::size_t kTranscriptLineBytes = 1024;
// Requests of all connections that wait for a job's end: half of kStoreInbox, since they may all end at once and each
// then reads its job. Past it one is answered busy.
inline constexpr std::size_t kWaits = 32768;
inline constexpr std::size_t kListLimit = 1000;
inline constexpr std::size_t kListLimitDefault = 50;
// Job rows one list_jobs looks at before it answers with what it has and a cursor: no look takes long.
inline constexpr std::size_t kListScanRows = 2000;
// Jobs that cancel_jobs and retry_jobs change in one transaction: what others wait for in between.
inline constexpr std::size_t kBulkChangeJobs = 256;

// History entries kept: the first and the last so many of each.
inline constexpr std::size_t kHistoryEnds = 20;
// A server's reply as kept and shown: RFC 5321 4.5.3.1.5 gives a reply line 512, some relays say more.
inline constexpr std::size_t kReplyBytes = 1024;

// Record bytes of one page of list_jobs, about: past this it ends and the next page goes on.
inline constexpr std::size_t kPageBytes = 1UL << 20;

// Requests of one connection that wait for an answer, and reply bytes it has not read, before its next
// line is read: a client that writes 20,000 submits before it reads the first answer still gets through.
inline constexpr std::size_t kConnectionRequests = 4096;
inline constexpr std::size_t kConnectionReplyBytes = 64UL << 20;
// The weight of the replies under way to one connection, about: 4,096 jobs, four pages of 1,000 jobs, or
// one email with its content. More would let one client keep the store from the others.
inline constexpr std::size_t kConnectionExpectedBytes = 8UL << 20;
// A job in a reply, about.
inline constexpr std::size_t kJobBytes = 2UL << 10;
// Bytes of requests, lines or bodies, that are not understood yet, on all connections together; past it one with more
// than kShortRequestBytes of one that is not complete is answered busy and closed.
inline constexpr std::size_t kRequestsBytes = 256UL << 20;
inline constexpr std::size_t kShortRequestBytes = 1UL << 20;
// A request longer than this is decoded beside the sockets' thread, which would keep the others waiting meanwhile.
inline constexpr std::size_t kLongRequestBytes = 256UL << 10;
inline constexpr std::size_t kConnections = 1024;
// Beyond them so many are heard for a moment and told to come again; further ones are closed unheard.
inline constexpr std::size_t kRefusedConnections = 64;
// Changes of jobs kept for those who watch: four full turns of the store, and about so many bytes.
inline constexpr std::size_t kEvents = 16384;
inline constexpr std::size_t kEventsBytes = 32UL << 20;
// How long they go on being kept when the last watcher has gone: time for a lost connection to come again.
inline constexpr std::chrono::minutes kEventsAfterLastWatcher{5};
// Watches of one connection, and the bytes of theirs that it has not read, past which events pass it by.
inline constexpr std::size_t kConnectionWatches = 16;
inline constexpr std::size_t kWatchUnwrittenBytes = 256UL << 10;
// HTTP: a request's line and header fields; a chunk's line with its extensions, or a body's trailers.
inline constexpr std::size_t kHeadBytes = 16UL << 10;
inline constexpr std::size_t kChunkLineBytes = 4UL << 10;
// A request has so long from its first byte to its last, and for each of its bytes as long as this rate gives it: time
// for a person at a keyboard, none for a client that drips. The same holds for answers that are not read.
inline constexpr std::chrono::seconds kRequestTime{30};
inline constexpr std::chrono::seconds kUnreadTime{60};
inline constexpr std::size_t kSlowestBytesPerSecond = 64UL << 10;
constexpr std::chrono::milliseconds time_of_slowest(std::size_t bytes) {
  return std::chrono::milliseconds(bytes * 1000 / kSlowestBytesPerSecond);
}
// An HTTP connection without a request: longer than what lies in front, as nginx' 75 s, keeps its own.
inline constexpr std::chrono::seconds kIdleTime{75};
// The body of a refused request that is read and dropped so that its connection can go on.
inline constexpr std::size_t kDroppedBodyBytes = 64UL << 10;
// Jobs not at their end: past this a submit is answered busy.
inline constexpr std::uint64_t kQueuedJobs = 10'000'000;
// The drop folder: files taken in at once, and bytes of them (one longer file still goes, alone); names that are known
// not to be taken; lines of the log about one batch.
inline constexpr std::size_t kDropBatchFiles = 256;
inline constexpr std::size_t kDropBatchBytes = 4UL << 20;
inline constexpr std::size_t kDropLeftNames = 1000;
inline constexpr std::size_t kDropNotices = 10;
// Free space of the store's file system under which a submit is refused, so that results can still be written.
inline constexpr std::uint64_t kMinFreeSpaceBytes = 64ULL << 20;

// One turn of the store: what a commit carries at most, so that nobody waits long for another. Turns of 512 commands
// changed neither a pipelining client's rate nor the wait of one beside it (tests/bench/beside_pipeline.py).
inline constexpr std::size_t kTurnCommands = 4096;
inline constexpr std::size_t kTurnBytes = 2UL << 20;
// Commands waiting for the store: past this a request is answered busy.
inline constexpr std::size_t kStoreInbox = 65536;
inline constexpr std::size_t kStoreInboxBytes = 256UL << 20;
// One chunk of content: a large message goes in over several turns.
inline constexpr std::size_t kChunkBytes = 256UL << 10;
// Chunks of contents no longer wanted that are dropped between two turns: as many as a turn takes in.
inline constexpr std::size_t kDroppedChunks = kTurnBytes / kChunkBytes;
// Routes times domains with limits: each is a lane with a queue of its own.
inline constexpr std::size_t kLanes = 4096;
// Connections to all relays together: each is a descriptor, and an attempt's content in memory.
inline constexpr std::size_t kRelayConnections = 1000;
// Content that attempts in flight hold in memory; one larger job still runs, alone.
inline constexpr std::size_t kInFlightBytes = 64UL << 20;
// Relays share it evenly, so that one which hangs holds no other up; however many there are, each has this much.
inline constexpr std::size_t kInFlightBytesOfRelay = 8UL << 20;

}  // namespace jobd::limits
