// A job of several parts: one submit, one id, one content, but several mails, since its recipients fall under different
// lanes or are more than a relay takes at once.
//
// Each part lives as a job of its own does, by the same transitions: they are done on a record that is the part alone,
// and the whole is then told anew from all its parts. So the one table of lifecycle.h is all there is to know, and a
// job of one part pays nothing.
//
//   of the whole    is
//   state           processing while some part is; else pending while some part is, due when the first of them is; else
//                   held if some part is held, cancelled if one was cancelled, failed if one has failed; else completed
//   attempts        the most that any part has made
//   error           the last one of the parts that the state comes from
//   history         the attempts of all parts, in the order of their ends; each entry counts its own part's
//   claims          of all parts together
// A held part waits until no other is under way: then a person decides about all that is left at once.
//
// Rejected: a job for each part, which would give the submitter several ids, or none that tells the whole; one queue of
// recipients, each in a state of its own (a mail goes whole, and its recipients share every attempt).
#pragma once

#include <cstdint>

#include "daemon/core/record.h"

namespace jobd::parts {

// The part as a job of one part. It takes the whole's history along until put_back. Precondition: the whole has several
// parts, and this one.
Record take_out(Record& whole, std::uint32_t part);
// After a transition.
void put_back(Record& whole, std::uint32_t part, Record alone);

// What the parts come to together. Precondition: the whole has several.
void sum_up(Record& whole);

}  // namespace jobd::parts
