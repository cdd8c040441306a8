; question 1
(declare-const |any write motion.seen:value.bool| Bool)
(declare-const |rest:motion.seen.bool| Bool)
(assert (and (not (= |rest:motion.seen.bool| |any write motion.seen:value.bool|)) (not (= |rest:motion.seen.bool| |any write motion.seen:value.bool|)) (not (= |rest:motion.seen.bool| |any write motion.seen:value.bool|)) |any write motion.seen:value.bool| (not (= |rest:motion.seen.bool| |any write motion.seen:value.bool|))))
(check-sat)

; question 2
(declare-const |any write motion.seen:value.bool| Bool)
(declare-const |rest:motion.seen.bool| Bool)
(assert (and (not (= |rest:motion.seen.bool| |any write motion.seen:value.bool|)) (not (= |rest:motion.seen.bool| |any write motion.seen:value.bool|)) (not (= |rest:motion.seen.bool| |any write motion.seen:value.bool|)) |any write motion.seen:value.bool|))
(check-sat)

; question 3
(declare-const |any write motion.seen:value.bool| Bool)
(declare-const |rest:motion.seen.bool| Bool)
(assert (and (not (= |rest:motion.seen.bool| |any write motion.seen:value.bool|)) (not (= |rest:motion.seen.bool| |any write motion.seen:value.bool|)) (not (= |rest:motion.seen.bool| |any write motion.seen:value.bool|)) |any write motion.seen:value.bool|))
(check-sat)

; question 4
(set-option :produce-models true)
(declare-const |0 event| Int)
(declare-const |0 write motion.seen:value.bool| Bool)
(declare-const |initial:motion.seen.bool| Bool)
(define-fun $1 () Bool (not (= |initial:motion.seen.bool| |0 write motion.seen:value.bool|)))
(define-fun $2 () Bool (not (= |initial:motion.seen.bool| |0 write motion.seen:value.bool|)))
(define-fun $3 () Bool (not (= |initial:motion.seen.bool| |0 write motion.seen:value.bool|)))
(define-fun $4 () Bool (or (and (= |0 event| 0) (not (= |initial:motion.seen.bool| |0 write motion.seen:value.bool|))) (= |0 event| 1)))
(assert (or (= |0 event| 0) (= |0 event| 1)))
(assert (or (and (= |0 event| 0) $1 $2 |0 write motion.seen:value.bool| $3 $4) (and (= |0 event| 0) $1 $3 |0 write motion.seen:value.bool| $4) (and (= |0 event| 0) $1 $2 |0 write motion.seen:value.bool| $4)))
(assert (or (= |0 write motion.seen:value.bool| |0 write motion.seen:value.bool|) true))
(assert (or (= |initial:motion.seen.bool| |initial:motion.seen.bool|) true))
(check-sat)
(get-value (|0 event| |0 write motion.seen:value.bool| |initial:motion.seen.bool|))
