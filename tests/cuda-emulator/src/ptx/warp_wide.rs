//! Instructions that threads execute together: shuffles, votes, barriers.

use super::body::Body;
use super::instruction::ShuffleMode;
use super::lexer::Token;
use super::operands::Operand;
use super::{Action, BarrierKind, Guard, Opcode, PtxError, Type, VoteMode};
use crate::operations;

impl<'a> Body<'_, 'a> {
    pub(super) fn warp_wide(&mut self, code: &Opcode<'a>, operands: &[&[Token<'a>]]) -> Result<(), PtxError> {
        if code.name == "activemask" {
            code.kind().map_err(|reason| self.error(reason))?;
            let [to] = operands[..] else { return Err(self.wrong_operands()) };
            let to = self.destination(to)?;
            self.emit(Action::ActiveMask { to });
            return Ok(());
        }
        if !code.has("sync") {
            return Err(self.error(format!("`{}` without .sync is not supported", code.name)));
        }
        let kind = code.kind().map_err(|reason| self.error(reason))?;
        match (code.name, operands) {
            ("shfl", [to, a, b, c, members]) => {
                let mode = match code.one_of(&["up", "down", "bfly", "idx"]) {
                    Some("up") => ShuffleMode::Up,
                    Some("down") => ShuffleMode::Down,
                    Some("bfly") => ShuffleMode::Butterfly,
                    Some(_) => ShuffleMode::Index,
                    None => return Err(self.error("a shuffle needs .up, .down, .bfly or .idx".into())),
                };
                let (to, valid) = self.results(to)?;
                let sources = [self.source(a, kind)?, self.source(b, Type::U32)?, self.source(c, Type::U32)?];
                let members = self.source(members, Type::U32)?;
                self.emit(Action::Shuffle { mode, to, valid, sources, members });
            }
            ("vote", [to, source, members]) => {
                let mode = match code.one_of(&["all", "any", "uni", "ballot"]) {
                    Some("all") => VoteMode::All,
                    Some("any") => VoteMode::Any,
                    Some("uni") => VoteMode::Uniform,
                    Some(_) => VoteMode::Ballot,
                    None => return Err(self.error("a vote needs .all, .any, .uni or .ballot".into())),
                };
                let guard = self.predicate(source)?;
                let (to, members) = (self.destination(to)?, self.source(members, Type::U32)?);
                self.emit(Action::Vote { mode, to, source: guard.register, negated: guard.negated, members });
            }
            ("match", [to, source, members]) => {
                let all = code.has("all");
                if !all && !code.has("any") {
                    return Err(self.error("a match needs .any or .all".into()));
                }
                let (to, same) = self.results(to)?;
                let to = to.ok_or_else(|| self.wrong_operands())?;
                let (source, members) = (self.source(source, kind)?, self.source(members, Type::U32)?);
                self.emit(Action::Match { all, kind, to, same, source, members });
            }
            ("redux", [to, source, members]) => {
                let operation = operations::atomic(code).map_err(|reason| self.error(reason))?;
                let (to, source) = (self.destination(to)?, self.source(source, kind)?);
                let members = self.source(members, Type::U32)?;
                self.emit(Action::Reduce { operation, kind, to, source, members });
            }
            _ => return Err(self.wrong_operands()),
        }
        Ok(())
    }

    pub(super) fn barrier(&mut self, code: &Opcode<'a>, operands: &[&[Token<'a>]]) -> Result<(), PtxError> {
        code.has("cta");
        // `bar` is short for an aligned barrier.
        let aligned = code.has("aligned") | (code.name == "bar");
        if code.has("warp") {
            code.has("sync");
            let [members] = operands[..] else { return Err(self.wrong_operands()) };
            let members = self.source(members, Type::U32)?;
            self.emit(Action::WarpBarrier { members });
            return Ok(());
        }
        if !code.has("red") {
            let kind = match code.one_of(&["sync", "arrive"]) {
                Some("sync") => BarrierKind::Sync,
                Some(_) => BarrierKind::Arrive,
                None => return Err(self.error("a barrier needs .sync, .arrive or .red".into())),
            };
            let (number, count) = match operands {
                [number] if kind == BarrierKind::Sync => (self.source(number, Type::U32)?, None),
                [number, count] => (self.source(number, Type::U32)?, Some(self.source(count, Type::U32)?)),
                _ => return Err(self.wrong_operands()),
            };
            self.emit(Action::Barrier { kind, number, count, aligned, to: None, predicate: None });
            return Ok(());
        }
        let kind = match code.one_of(&["popc", "and", "or"]) {
            Some("popc") => BarrierKind::CountTrue,
            Some("and") => BarrierKind::AllTrue,
            Some(_) => BarrierKind::AnyTrue,
            None => return Err(self.error("a reducing barrier needs .popc, .and or .or".into())),
        };
        code.types();
        let [to, number, rest @ ..] = operands else { return Err(self.wrong_operands()) };
        let (count, predicate) = match rest {
            [predicate] => (None, predicate),
            [count, predicate] => (Some(self.source(count, Type::U32)?), predicate),
            _ => return Err(self.wrong_operands()),
        };
        let (to, number) = (Some(self.destination(to)?), self.source(number, Type::U32)?);
        let predicate = Some(self.predicate(predicate)?);
        self.emit(Action::Barrier { kind, number, count, aligned, to, predicate });
        Ok(())
    }

    /// One or two destinations: `%r` or `%r|%p`.
    fn results(&mut self, tokens: &[Token<'a>]) -> Result<(Option<usize>, Option<usize>), PtxError> {
        match self.operand(tokens, Type::B32)? {
            Operand::Register(register) => Ok((Some(register), None)),
            Operand::Pair(first, second) => Ok((first, second)),
            _ => Err(self.wrong_operands()),
        }
    }

    fn predicate(&mut self, tokens: &[Token<'a>]) -> Result<Guard, PtxError> {
        match self.operand(tokens, Type::Pred)? {
            Operand::Register(register) => Ok(Guard { register, negated: false }),
            Operand::Negated(register) => Ok(Guard { register, negated: true }),
            _ => Err(self.error("expected a predicate".into())),
        }
    }
}
