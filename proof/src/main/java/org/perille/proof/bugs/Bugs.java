package org.perille.proof.bugs;

import java.util.List;

/**
 * The deliberate bugs. One that nothing catches means that a check is missing; one whose text has
 * gone has to be adapted.
 */
final class Bugs {
  static final List<Bug> ALL =
      List.of(
          new Bug(
              "repeated batch appended",
              "a batch that the transport repeats is stored again",
              "partition.PartitionLog",
              "if (batch.number() == last.number()) {",
              "if (batch.number() == -1) {"),
          new Bug(
              "ids forgotten by a wrong clock",
              "time passes for a partition when the clock of its node is set by days",
              "log.PartitionClock",
              "if (step < 0 || step > maxStepMillis) {",
              "if (step < 0) {"),
          new Bug(
              "outdated batch appended",
              "a batch that arrives late is stored behind its successors",
              "partition.PartitionLog",
              "if (batch.number() < last.number()) {",
              "if (batch.number() == -1) {"),
          new Bug(
              "snapshot without ids",
              "a partition that begins with a snapshot has forgotten message ids",
              "partition.PartitionLog",
              "known -> log.ids.add(known.id(), known.offset(), known.ageMillis())",
              "known -> {}"),
          new Bug(
              "snapshot without publishers",
              "a partition that begins with a snapshot has forgotten batch numbers",
              "partition.PartitionLog",
              "snapshot.publishers().forEach(last -> log.publishers.put(last.publisher(), last));",
              ""),
          new Bug(
              "batch half applied",
              "the last message of a large batch is not stored",
              "partition.PartitionLog",
              "            screening.fresh(),\n",
              "            screening.fresh().subList(0, Math.min(2, screening.fresh().size())),\n"),
          new Bug(
              "ids of all batches confirmed",
              "the receipt of an earlier batch confirms the one under way",
              "publish.Outbox",
              "lane.underWay.filter(b -> b.number() == number)",
              "lane.underWay.filter(b -> b.number() >= number)"),
          new Bug(
              "second batch under way",
              "a batch is sent before the one before has its receipt",
              "publish.Outbox",
              "if (lane.underWay.isPresent() || lane.waiting.isEmpty()) {",
              "if (lane.waiting.isEmpty()) {"),
          new Bug(
              "unknown called refused",
              "a message that was sent and got no receipt is said not to be stored",
              "publish.Outbox",
              "pending -> expired.add(new Expired<>(pending, true))));\n      lane.waiting.removeIf",
              "pending -> expired.add(new Expired<>(pending, false))));\n      lane.waiting.removeIf"),
          new Bug(
              "replaced worker publishes",
              "what a worker publishes is stored though its successor has published",
              "partition.Screening",
              "return lanes.isStale(origin)\n        || origin.incarnation() < incarnations.getOrDefault(origin.lane(), 0L);",
              "return false;"),
          new Bug(
              "lane remembered until the receipt",
              "the next batch of a lane makes a partition forget what the one before published",
              "partition.Lanes",
              "lane.stored.headMap(Place.before(report.finished().below())).clear();",
              "lane.stored.clear();"),
          new Bug(
              "snapshot without lanes",
              "a partition that begins with a snapshot has forgotten what was published for what",
              "partition.PartitionLog",
              "snapshot.lanes().forEach(log.lanes::restore);",
              ""),
          new Bug(
              "ids without the index",
              "all messages that are published for one have the same id",
              "log.Origin",
              "return lane + \"/\" + offset + \"/\" + index;",
              "return lane + \"/\" + offset;"),
          new Bug(
              "origins without the index",
              "all messages that are published for one seem to be the same",
              "effect.LanePublisher",
              "message.offset(), index++);",
              "message.offset(), index);"),
          new Bug(
              "done before receipts",
              "a message is done before what it publishes is stored",
              "effect.KeyRuns",
              "() ->\n            publisher\n                .publish(event.handled())\n                .thenApply(published -> new Result(before + decided.done(), decided.failure())),",
              "() -> {\n          publisher.publish(event.handled());\n          return CompletableFuture.completedFuture(new Result(before + decided.done(), decided.failure()));\n        },"),
          new Bug(
              "not published again",
              "what the last write of a key was to publish isn't made up for",
              "effect.KeyRuns",
              "key.isPublished() ? work.apply(key) : publishLast(key).thenCompose(all -> work.apply(key));",
              "work.apply(key);"),
          new Bug(
              "published again and told as finished",
              "what is being published again is reported as finished",
              "effect.LanePublisher",
              "again.addAll(offsets);",
              ""),
          new Bug(
              "handled again",
              "a key doesn't know what it has handled in its turn",
              "effect.KeyMemory",
              "return (!late && offset <= lastOffset) || lateHandled.contains(offset);",
              "return lateHandled.contains(offset);"),
          new Bug(
              "late ones handled again",
              "a key doesn't know what it has handled late",
              "effect.KeyMemory",
              "return (!late && offset <= lastOffset) || lateHandled.contains(offset);",
              "return !late && offset <= lastOffset;"),
          new Bug(
              "key not asked",
              "a run doesn't look for what its key has handled",
              "effect.KeyRuns",
              "return key.memory().isHandled(item.offset, item.late);",
              "return false;"),
          new Bug(
              "key goes on after an unknown write",
              "a key whose write has failed is not read again",
              "effect.KeyRuns",
              "              keys.discard(key.name());\n              return CompletableFuture.completedFuture(otherwise.apply(UserCode.unwrap(unknown)));",
              "              return CompletableFuture.completedFuture(otherwise.apply(UserCode.unwrap(unknown)));"),
          new Bug(
              "replaced worker handles",
              "a worker goes on with a key that its successor has handled messages of",
              "effect.KeyRuns",
              "if (key.memory().incarnation() > identity.incarnation) {",
              "if (false) {"),
          new Bug(
              "given up for oneself",
              "a message is given up while a replaced worker may still handle it",
              "effect.KeyRuns",
              "    return write(\n        key,\n        event,\n        memory.after(event, memory.state()),\n        () -> CompletableFuture.completedFuture(new Verdict.GivenUp()),\n        Verdict.Unknown::new);",
              "    return CompletableFuture.completedFuture(new Verdict.GivenUp());"),
          new Bug(
              "generation without journals of its own",
              "after a reset keys go on where they were",
              "effect.KeyIds",
              "\"~\" + generation + \"|\";",
              "\"~\" + Math.min(0, generation) + \"|\";"),
          new Bug(
              "silent ones publish",
              "what is handled again after a reset is published again",
              "effect.Decider",
              "silent.contains(delivery.offset()) ? List.of() : outgoing(effect.publications());",
              "outgoing(effect.publications());"),
          new Bug(
              "effect known before it is durable",
              "what an effect publishes is sent while the effect is being written",
              "effect.ActiveKey",
              "    return durable.thenApply(\n        written -> {\n          memory = written;\n          return written;\n        });",
              "    memory = after;\n    return CompletableFuture.completedFuture(after);"),
          new Bug(
              "snapshot of a key without late ones",
              "a key that begins with a snapshot has forgotten what it handled late",
              "effect.KeyMemory",
              "        snapshot.lateHandled(),\n",
              "        OffsetSet.NONE,\n"),
          new Bug(
              "snapshot of a key without its last write",
              "a key that begins with a snapshot doesn't know what may not be published",
              "effect.KeyMemory",
              "        snapshot.last(),\n",
              "        List.of(),\n"),
          new Bug(
              "cursor before handler",
              "at-least-once makes its cursor durable first",
              "subscribe.CursorPolicy",
              "case AT_LEAST_ONCE -> AFTER;",
              "case AT_LEAST_ONCE -> BEFORE;"),
          new Bug(
              "handler before cursor",
              "at-most-once makes its cursor durable afterwards",
              "subscribe.CursorPolicy",
              "case AT_MOST_ONCE -> BEFORE;",
              "case AT_MOST_ONCE -> AFTER;"),
          new Bug(
              "at-most-once does not wait",
              "the handler runs before the cursor is durable",
              "subscribe.Active",
              "        untilStored = Optional.of(received.batch());\n",
              "        work.accept(received.batch());\n"),
          new Bug(
              "passed before noted",
              "the cursor passes what was put aside before that is durable",
              "failure.FailureBook",
              "if (durable == recorded && waiting.isEmpty()) {",
              "if (what.toString().startsWith(\"AdvanceCursor\") || (durable == recorded && waiting.isEmpty())) {"),
          new Bug(
              "failure not noted",
              "a message that has failed is forgotten",
              "subscribe.AttemptOutcomes",
              "    retries.failed(work.entry());\n    deferral.passOnceDurable(work);",
              "    failures().held(work.entry().offset()).ifPresent(held -> book.record(new Change.Resolved(work.unit(), held.offset())));\n    deferral.passOnceDurable(work);"),
          new Bug(
              "those behind go on",
              "messages behind one that has failed are not held back",
              "subscribe.AttemptOutcomes",
              "    context.add(new WorkerAction.WithdrawKey(unit));\n    return behind.getOrDefault(unit, List.of());",
              "    context.add(new WorkerAction.ReleaseKey(unit));\n    return List.of();"),
          new Bug(
              "held key overtaken",
              "a new message of a key whose earlier one waits is handled at once",
              "subscribe.Dispatcher",
              "isEarly(entry) || failures().holds(unit) ||",
              "isEarly(entry) ||"),
          new Bug(
              "discarded key overtaken",
              "a key goes on before it is durable that its dead letter is discarded",
              "subscribe.Dispatcher",
              "reserve(batch) || book.isDiscarding();",
              "reserve(batch);"),
          new Bug(
              "untried forgotten",
              "what at-most-once has taken and not tried is lost when its worker stops",
              "subscribe.Deferral",
              "    works.stream()\n",
              "    List.<Work>of().stream()\n"),
          new Bug(
              "interrupted not found",
              "what was under way when a worker ended is not looked for",
              "subscribe.PredecessorRecovery",
              "failures().held().forEach(this::recover);",
              ""),
          new Bug(
              "unclear handled at once",
              "a message comes back before it is durable that it is tried",
              "subscribe.RetryScheduler",
              "book.whenDurable(new AfterDurable.StartRetries(batch));",
              "start(batch);"),
          new Bug(
              "not reopened",
              "a message is tried again whose effect the cursor has passed",
              "subscribe.CursorKeeper",
              "    if (!policy.isStoredWithEffect()) {\n      return false;",
              "    if (true) {\n      return false;"),
          new Bug(
              "begun before the beginning is durable",
              "a worker handles before its cursor's beginning is durable",
              "subscribe.Active",
              "if (work.cursors().durable().isPresent()) {",
              "if (work.cursors().cursor().isPresent()) {"),
          new Bug(
              "finished before durable",
              "somebody is told that a message is finished whose dead letter may come back",
              "subscribe.Completion",
              "            && !book.isDiscarding()\n",
              ""),
          new Bug(
              "lost at the end",
              "a batch is dropped whose cursor becomes durable when the worker has ended",
              "subscribe.Flushing",
              "    untilStored.ifPresent(this::accept);\n",
              ""),
          new Bug(
              "late answer counts",
              "a handler that has missed its deadline may still commit",
              "subscribe.Round",
              "return state.compareAndSet(State.RUNNING, State.COMMITTING);",
              "state.set(State.COMMITTING);\n    return true;"),
          new Bug(
              "busy key handed out",
              "two handlers get messages of one key",
              "subscribe.KeyQueues",
              "queue.state = State.BUSY;\n      queue.handedOut = messages.size();\n      runs",
              "queue.state = State.BUSY;\n      queue.handedOut = messages.size();\n      if (queue.messages.size() > messages.size()) {\n        ready.add(queue);\n      }\n      runs"),
          new Bug(
              "parked key goes on",
              "messages behind a dead letter that parks their key are handled",
              "failure.Unit",
              "return !parkedBy.isEmpty() && parkedBy.first() < offset;",
              "return false;"),
          new Bug(
              "snapshot without held",
              "what waits is forgotten with a snapshot",
              "failure.Failures",
              "snapshot.held().forEach(held -> failures.put(held.unit(), held.message()));",
              ""),
          new Bug(
              "snapshot without letters",
              "dead letters are forgotten with a snapshot",
              "failure.Failures",
              "snapshot.letters().forEach(failures::add);",
              ""),
          new Bug(
              "attempts not counted",
              "an interrupted attempt is never counted",
              "failure.Held",
              "Held after = counted ? fail(Interruption.CAUSE, atMillis, nextMillis) : this;",
              "Held after = this;"),
          new Bug(
              "order carried out twice",
              "an order that is repeated is carried out again",
              "failure.Failures",
              "return concerned == null ? OptionalLong.empty() : OptionalLong.of(concerned);",
              "return OptionalLong.empty();"),
          new Bug(
              "offset skipped by the cursor",
              "a cursor takes the highest finished offset for the low watermark",
              "subscribe.Cursor",
              "OffsetSet after = finished.add(offsets);",
              "OffsetSet after = OffsetSet.below(finished.add(offsets).end());"),
          new Bug(
              "skipped after the next effect",
              "an expired message that is skipped isn't durable with the effects that follow it",
              "subscribe.ClaimedPartition",
              "List<Long> all = new ArrayList<>(passed.get());",
              "List<Long> all = new ArrayList<>();"),
          new Bug(
              "finished after a reset",
              "what a slow handler ends after a reset counts as finished in the next generation",
              "subscribe.CursorKeeper",
              "if (!policy.passesBeforeHandling() && !wasReset) {",
              "if (!policy.passesBeforeHandling()) {"),
          new Bug(
              "answered before it is sure",
              "a worker tells what is finished whose failure log was taken over meanwhile",
              "subscribe.Completion",
              "return recovery.isComplete();",
              "return true;"),
          new Bug(
              "reopened counts as passed",
              "a cursor is taken to have durably passed what was opened to be handled once more",
              "subscribe.CursorKeeper",
              "    durable = durable.map(c -> c.reopen(offsets));\n",
              ""),
          new Bug(
              "answered before the reset is durable",
              "what a generation skips is said to be finished before the generation has begun",
              "subscribe.CursorKeeper",
              "boolean hasBegun = durable.isPresent() && !wasReset;",
              "boolean hasBegun = durable.isPresent();"),
          new Bug(
              "answered before the beginning is durable",
              "what lies before a subscription's beginning is said to be finished before it has begun",
              "subscribe.CursorKeeper",
              "boolean hasBegun = durable.isPresent() && !wasReset;",
              "boolean hasBegun = !wasReset;"),
          new Bug(
              "late message of a lane stored again",
              "a partition takes what comes after its worker has reported it for new",
              "partition.Lanes",
              "      lane.finished.add(report.finished());\n",
              ""),
          new Bug(
              "written after its predecessor",
              "what is recorded while a write is under way is taken for durable with it",
              "failure.FailureBook",
              "durable += underWay;",
              "durable = recorded;"),
          new Bug(
              "attempt before a crash denied",
              "a worker says of messages that its predecessor may have attempted that nobody has",
              "subscribe.Dispatcher",
              "offset < redeliveredBelow ? Work.Past.UNKNOWN : Work.Past.NONE));",
              "Work.Past.NONE));"),
          new Bug(
              "receipt before the write",
              "a publisher is told that a batch is stored which is being written",
              "partition.Partition",
              "      return Effect()\n          .persist(append.event())\n",
              "      batch.replyTo().tell(append.receipt());\n      return Effect()\n          .persist(append.event())\n",
              Suite.ACTORS),
          new Bug(
              "tail read past the write",
              "subscriptions are fed with what is being written",
              "partition.Partition",
              "      return Effect()\n          .persist(append.event())\n",
              "      tail.append(log.sequenceNumber() + 1, append.event());\n      List<Feed.TailRequest> early = List.copyOf(waiting);\n      waiting.clear();\n      early.forEach(request -> tail.read(request.offset(), request.limits()).ifPresentOrElse(read -> request.feed().tell(new Feed.TailAvailable(read)), () -> waiting.add(request)));\n      return Effect()\n          .persist(append.event())\n",
              Suite.ACTORS));

  private Bugs() {}
}
