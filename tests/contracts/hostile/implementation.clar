;; An implementation for the proxy of upgrade-manager that does what it is told, and tries what it
;; should not be able to do.

(impl-trait .protocol-traits.implementation-trait)

(define-constant err-of-its-own u999)

;; Who deployed it would like to have what the proxy owns.
(define-constant beneficiary tx-sender)

(define-public (execute (function-name (string-ascii 100)) (args (list 10 (buff 1024))))
  (if (is-eq function-name "echo")
    (ok (default-to 0x (element-at? args u0)))
    (if (is-eq function-name "who-calls")
      (if (and (is-eq contract-caller .upgrade-manager) (is-eq tx-sender .upgrade-manager))
        (ok 0x757067726164652d6d616e61676572)
        (ok 0x))
      (if (is-eq function-name "steal")
        (begin
          (try! (stx-transfer? u1 tx-sender beneficiary))
          (ok 0x))
        (if (is-eq function-name "seize")
          (begin
            (try! (contract-call? .upgrade-manager transfer-admin beneficiary))
            (ok 0x))
          (err err-of-its-own))))))
