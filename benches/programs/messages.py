"""A small operating system: tasks with priorities, queues and states, which send packets to one another through a scheduler."""

from collections import deque


class Packet:
    def __init__(self, kind, target):
        self.kind = kind
        self.target = target
        self.position = 0
        self.letters = [0] * 4


class Task:
    """Runs when it is neither held nor waiting for a packet."""

    def __init__(self, system, name, priority):
        self.system = system
        self.name = name
        self.priority = priority
        self.inbox = deque()
        self.held = False
        self.waiting = False
        system.add(self)

    def ready(self):
        return not self.held and (bool(self.inbox) or not self.waiting)

    def receive(self):
        return self.inbox.popleft() if self.inbox else None

    def wait(self):
        self.waiting = True

    def step(self):
        raise NotImplementedError


class Idle(Task):
    """Wakes one device or the other, as a shift register says, until its turns are up."""

    def __init__(self, system, name, priority, turns):
        super().__init__(system, name, priority)
        self.turns = turns
        self.register = 1

    def step(self):
        self.turns -= 1
        if self.turns == 0:
            self.held = True
        elif self.register & 1:
            self.register = self.register >> 1 ^ 0xD008
            self.system.release("disk")
        else:
            self.register >>= 1
            self.system.release("network")


class Device(Task):
    """Holds itself with a packet in hand; once released it hands the packet back."""

    def __init__(self, system, name, priority):
        super().__init__(system, name, priority)
        self.pending = None

    def step(self):
        if (packet := self.receive()) is not None:
            self.pending = packet
            self.held = True
        elif self.pending is None:
            self.wait()
        else:
            packet, self.pending = self.pending, None
            self.system.send(packet, packet.target)


class Handler(Task):
    """Copies the letters of work packets one by one to packets of its device."""

    def __init__(self, system, name, priority, device):
        super().__init__(system, name, priority)
        self.device = device
        self.work = deque()
        self.replies = deque()

    def step(self):
        if (packet := self.receive()) is not None:
            (self.work if packet.kind == "work" else self.replies).append(packet)
        if self.work:
            packet = self.work[0]
            if packet.position >= len(packet.letters):
                self.work.popleft()
                self.system.send(packet, "worker")
                return
            if self.replies:
                reply = self.replies.popleft()
                reply.letters[0] = packet.letters[packet.position]
                packet.position += 1
                reply.target = self.name
                self.system.send(reply, self.device)
                return
        self.wait()


class Worker(Task):
    """Fills work packets with letters and sends them to each handler in turn."""

    def __init__(self, system, name, priority):
        super().__init__(system, name, priority)
        self.letter = 0
        self.next, self.other = "reader", "writer"

    def step(self):
        packet = self.receive()
        if packet is None:
            self.wait()
            return
        self.next, self.other = self.other, self.next
        packet.position = 0
        for at in range(len(packet.letters)):
            self.letter = self.letter % 26 + 1
            packet.letters[at] = 64 + self.letter
        self.system.send(packet, self.next)


class System:
    def __init__(self):
        self.tasks = []
        self.names = {}
        self.sent = self.steps = 0

    def add(self, task):
        self.names[task.name] = task
        self.tasks.append(task)
        self.tasks.sort(key=lambda task: -task.priority)

    def send(self, packet, name):
        self.sent += 1
        task = self.names[name]
        task.inbox.append(packet)
        task.waiting = False

    def release(self, name):
        self.names[name].held = False

    def run(self):
        while True:
            for task in self.tasks:
                if task.ready():
                    break
            else:
                return
            self.steps += 1
            task.step()


def simulate(turns):
    system = System()
    Idle(system, "idle", 0, turns)
    worker = Worker(system, "worker", 10)
    handlers = [Handler(system, "reader", 20, "disk"), Handler(system, "writer", 30, "network")]
    Device(system, "disk", 40), Device(system, "network", 50)
    worker.inbox.extend(Packet("work", "worker") for _ in range(2))
    for handler in handlers:
        handler.inbox.extend(Packet("device", handler.name) for _ in range(3))
    system.run()
    return system.steps, system.sent, worker.letter


print(*simulate(300_000))
