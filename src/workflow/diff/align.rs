//! Which task of the new document is which task of the old one: by name, and by equal content for a renamed one.

use serde_json::{Map, Value};

use crate::workflow::document::{Definition, Task, TaskKind, TaskList};

/// A task and the list it stands in.
#[derive(Debug)]
pub struct Entry<'a> {
    /// The task.
    pub task: Task<'a>,
    /// Index of the task that holds it; absent at the top.
    pub holder: Option<usize>,
    /// The list inside the holder: `/do`, `/try`, `/catch/do`, `/fork/branches`.
    pub slot: String,
    /// How many tasks before it have the same name.
    occurrence: usize,
}

/// Pairs of an old and a new index, in new order.
type Members = Vec<(usize, usize)>;

/// The tasks of two documents, and who is who.
#[derive(Debug)]
pub struct Alignment<'a> {
    /// Tasks of the old document, depth first.
    pub old: Vec<Entry<'a>>,
    /// Tasks of the new document, depth first.
    pub new: Vec<Entry<'a>>,
    /// For each old task its index in the new document.
    pub to_new: Vec<Option<usize>>,
    /// For each new task its index in the old document.
    pub to_old: Vec<Option<usize>>,
}

impl<'a> Alignment<'a> {
    /// Aligns two documents.
    pub fn new(old: &'a Definition, new: &'a Definition) -> Self {
        let (old, new) = (entries(old), entries(new));
        let mut aligned = Self { to_new: vec![None; old.len()], to_old: vec![None; new.len()], old, new };
        for index in 0..aligned.old.len() {
            let same = |entry: &Entry<'_>| {
                entry.task.name == aligned.old[index].task.name && entry.occurrence == aligned.old[index].occurrence
            };
            if let Some(other) = aligned.new.iter().position(same) {
                aligned.pair(index, other);
            }
        }
        for index in 0..aligned.old.len() {
            if aligned.to_new[index].is_none()
                && let Some(other) = aligned.renamed(index)
            {
                aligned.pair(index, other);
            }
        }
        aligned
    }

    fn pair(&mut self, old: usize, new: usize) {
        self.to_new[old] = Some(new);
        self.to_old[new] = Some(old);
    }

    /// A new task without a partner, in the same list, with the same content.
    fn renamed(&self, old: usize) -> Option<usize> {
        let entry = &self.old[old];
        let holder = match entry.holder {
            Some(holder) => Some(self.to_new[holder]?),
            None => None,
        };
        self.new.iter().enumerate().position(|(index, other)| {
            self.to_old[index].is_none()
                && other.holder == holder
                && other.slot == entry.slot
                && other.task.raw == entry.task.raw
        })
    }

    /// Whether the pair stands in the same list.
    pub fn same_list(&self, old: usize, new: usize) -> bool {
        let (left, right) = (&self.old[old], &self.new[new]);
        let holder = left.holder.map(|holder| self.to_new[holder]);
        left.slot == right.slot && holder == right.holder.map(Some)
    }

    /// New tasks that changed their place among the tasks that stayed in their list.
    pub fn reordered(&self) -> Vec<usize> {
        let mut lists: Vec<((Option<usize>, &str), Members)> = Vec::new();
        for (new, entry) in self.new.iter().enumerate() {
            let Some(old) = self.to_old[new].filter(|old| self.same_list(*old, new)) else { continue };
            match lists.iter_mut().find(|(list, _)| *list == (entry.holder, entry.slot.as_str())) {
                Some((_, members)) => members.push((old, new)),
                None => lists.push(((entry.holder, entry.slot.as_str()), vec![(old, new)])),
            }
        }
        lists.into_iter().flat_map(|(_, members)| out_of_order(&members)).collect()
    }
}

/// Old and new pointers of every task that stands in both documents.
pub fn pairs(old: &Definition, new: &Definition) -> Vec<(String, String)> {
    let aligned = Alignment::new(old, new);
    let both = aligned.to_new.iter().enumerate().filter_map(|(from, to)| Some((from, (*to)?)));
    both.map(|(from, to)| (aligned.old[from].task.pointer.clone(), aligned.new[to].task.pointer.clone())).collect()
}

/// What a task is besides the tasks inside it.
pub fn own_fields(task: &Task<'_>) -> Map<String, Value> {
    let mut own = task.raw.clone();
    let drop_list = |map: &mut Map<String, Value>, key: &str| {
        if map.get(key).is_some_and(Value::is_array) {
            map.shift_remove(key);
        }
    };
    match task.kind() {
        TaskKind::Do(_) | TaskKind::For { .. } => drop_list(&mut own, "do"),
        TaskKind::Fork { .. } => {
            if let Some(Value::Object(fork)) = own.get_mut("fork") {
                drop_list(fork, "branches");
            }
        }
        TaskKind::Try { .. } => {
            drop_list(&mut own, "try");
            if let Some(Value::Object(catch)) = own.get_mut("catch") {
                drop_list(catch, "do");
            }
        }
        TaskKind::Listen(_) => {
            if let Some(Value::Object(foreach)) = own.get_mut("foreach") {
                drop_list(foreach, "do");
            }
        }
        TaskKind::Call { .. }
        | TaskKind::Emit(_)
        | TaskKind::Raise(_)
        | TaskKind::Run(_)
        | TaskKind::Set(_)
        | TaskKind::Switch(_)
        | TaskKind::Wait(_)
        | TaskKind::Unknown => {}
    }
    own
}

fn entries(definition: &Definition) -> Vec<Entry<'_>> {
    let mut found = Vec::new();
    collect(&definition.tasks(), None, "", &mut found);
    found
}

fn collect<'a>(list: &TaskList<'a>, holder: Option<usize>, base: &str, found: &mut Vec<Entry<'a>>) {
    for task in list.iter() {
        let occurrence = found.iter().filter(|entry| entry.task.name == task.name).count();
        let slot = list.pointer.get(base.len()..).unwrap_or_default().to_owned();
        let (lists, pointer) = (task.kind().children(), task.pointer.clone());
        found.push(Entry { task, holder, slot, occurrence });
        let index = found.len() - 1;
        for inner in lists {
            collect(&inner, Some(index), &pointer, found);
        }
    }
}

/// Members (old index, new index) in new order that do not belong to a longest run that kept its order.
fn out_of_order(members: &[(usize, usize)]) -> Vec<usize> {
    let mut best: Vec<(usize, Option<usize>)> = Vec::with_capacity(members.len());
    for (at, (old, _)) in members.iter().enumerate() {
        let before =
            (0..at).filter(|index| members[*index].0 < *old).max_by_key(|index| (best[*index].0, usize::MAX - index));
        best.push((before.map_or(1, |index| best[index].0 + 1), before));
    }
    let mut kept = vec![false; members.len()];
    let mut at = (0..members.len()).max_by_key(|index| (best[*index].0, usize::MAX - index));
    while let Some(index) = at {
        kept[index] = true;
        at = best[index].1;
    }
    members.iter().zip(kept).filter(|(_, kept)| !kept).map(|((_, new), _)| *new).collect()
}
